import type { CommandEntry } from '../command.ts';

/** The verbs of `lading buildpacks`. Each is a file in this folder. */
export const verbs: readonly CommandEntry[] = [
  { name: 'buildpacks inspect', summary: 'show what buildpacks made of an image', load: () => import('./inspect.ts') },
  { name: 'buildpacks rebase', summary: 'put an application on a new run image', load: () => import('./rebase.ts') },
];
