import type { CommandEntry } from '../command.ts';

/** The verbs of `lading registry`, by domain. Each is a file in this folder. */
export const verbs: readonly CommandEntry[] = [
  { name: 'registry repositories', summary: 'list repositories', load: () => import('./repositories.ts') },
  { name: 'registry tags', summary: 'list the tags of a repository', load: () => import('./tags.ts') },
  { name: 'registry history', summary: 'show where a tag pointed', load: () => import('./history.ts') },
  { name: 'registry storage', summary: 'show what each repository takes', load: () => import('./storage.ts') },
  {
    name: 'registry search',
    summary: 'find images by what they contain',
    load: () => import('./search.ts'),
  },
  { name: 'registry audit', summary: 'show what happened, and who did it', load: () => import('./audit.ts') },
  { name: 'registry webhooks', summary: 'show who is told of what happens', load: () => import('./webhooks.ts') },
  {
    name: 'registry configuration',
    summary: 'show or check a configuration',
    load: () => import('./configuration.ts'),
  },
  { name: 'registry trash', summary: 'list what was removed and can be restored', load: () => import('./trash.ts') },
  { name: 'registry restore', summary: 'bring back a removed image or tag', load: () => import('./restore.ts') },
  { name: 'registry quarantine', summary: 'refuse pulls of content', load: () => import('./quarantine.ts') },
  { name: 'registry deprecate', summary: 'warn of pulls, then refuse them', load: () => import('./deprecate.ts') },
  { name: 'registry purge', summary: 'remove content from everywhere, for good', load: () => import('./purge.ts') },
  {
    name: 'registry verify-receipt',
    summary: 'check the receipt of a purge',
    load: () => import('./verify-receipt.ts'),
  },
  { name: 'registry gc', summary: 'remove what no repository needs any more', load: () => import('./gc.ts') },
  { name: 'registry retention', summary: 'remove what policies do not keep', load: () => import('./retention.ts') },
  { name: 'registry scan', summary: 'look into images, show what was found', load: () => import('./scan.ts') },
  { name: 'registry jobs', summary: 'list, start and cancel jobs', load: () => import('./jobs.ts') },
  { name: 'registry robot', summary: 'manage accounts for programs', load: () => import('./robot.ts') },
  { name: 'registry upstreams', summary: 'show what the registry is a cache of', load: () => import('./upstreams.ts') },
  { name: 'registry replication', summary: 'show and run replication rules', load: () => import('./replication.ts') },
  { name: 'registry backup', summary: 'save content and journal while it runs', load: () => import('./backup.ts') },
  { name: 'registry restore-backup', summary: 'bring a backup back', load: () => import('./restore-backup.ts') },
  {
    name: 'registry import-distribution',
    summary: 'take over the data of a docker-registry',
    load: () => import('./import-distribution.ts'),
  },
  { name: 'registry reindex', summary: 'build a lost database anew', load: () => import('./reindex.ts') },
  {
    name: 'registry verify-journal',
    summary: 'check that nobody rewrote what happened',
    load: () => import('./verify-journal.ts'),
  },
];
