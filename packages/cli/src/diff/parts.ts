/** What can be compared of images. Here alone, so that the command is known without what compares. */
export const parts = ['config', 'history', 'layers', 'packages', 'files'] as const;
export type Part = (typeof parts)[number];
