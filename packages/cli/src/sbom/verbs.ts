import type { CommandEntry } from '../command.ts';

/** The verbs of `lading sbom`. Each is a file in this folder. */
export const verbs: readonly CommandEntry[] = [
  { name: 'sbom diff', summary: 'tell how the packages of two images differ', load: () => import('./diff.ts') },
  { name: 'sbom merge', summary: 'make one SBOM of several', load: () => import('./merge.ts') },
];
