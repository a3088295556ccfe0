import type { CommandEntry } from '../command.ts';

/** The verbs of `lading advisories`. Each is a file in this folder. */
export const verbs: readonly CommandEntry[] = [
  {
    name: 'advisories update',
    summary: 'make the database from OSV and other sources',
    needsRoom: true,
    load: () => import('./update.ts'),
  },
  {
    name: 'advisories pull',
    summary: 'fetch the database from a registry',
    needsRoom: true,
    load: () => import('./pull.ts'),
  },
  { name: 'advisories push', summary: 'send the database to a registry', load: () => import('./push.ts') },
  { name: 'advisories info', summary: 'show what the database is made of', load: () => import('./info.ts') },
  { name: 'advisories show', summary: 'show all that is known of a vulnerability', load: () => import('./show.ts') },
];
