import type { ReplicationRule } from '../replication/replication-config.ts';

/** Everything to that registry, unless told. */
export const rule = (registry: string, more: Partial<ReplicationRule> = {}): ReplicationRule => ({
  name: 'copy',
  direction: 'push',
  registry,
  path: '',
  repositories: ['**'],
  tags: ['*'],
  prefix: '',
  referrers: true,
  deletions: false,
  onEvent: false,
  ...more,
});
