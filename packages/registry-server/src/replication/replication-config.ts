import { Type } from 'typebox';
import { patternFault } from '../access/repository-pattern.ts';
import { bytesText, type ConfigSection, closed, defineSection, parseBytes } from '../config/config-section.ts';
import { scheduleFault } from '../jobs/schedule-fault.ts';
import { parseRemote, type RemoteRegistry, remoteProperties } from '../upstream/remote-registry.ts';

/** What is to be the same here and at another registry. */
export interface ReplicationRule extends RemoteRegistry {
  readonly name: string;
  /** `push`: from here to there. */
  readonly direction: 'push' | 'pull';
  /** Patterns of names at the source. */
  readonly repositories: readonly string[];
  /** Patterns of tags. */
  readonly tags: readonly string[];
  /** Put before names at the target; empty or with a slash at its end. */
  readonly prefix: string;
  /** Also signatures, SBOMs and whatever else refers to the images. */
  readonly referrers: boolean;
  /** What was replicated and is then removed at the source is removed at the target. */
  readonly deletions: boolean;
  /** A cron pattern in UTC; undefined: only when asked. */
  readonly schedule?: string | undefined;
  /** As soon as something happens here; of `push` only. */
  readonly onEvent: boolean;
  readonly bytesPerSecond?: number | undefined;
}

const schema = Type.Array(
  closed({
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', title: 'a name such as to-backup' }),
    direction: Type.Union([Type.Literal('push'), Type.Literal('pull')]),
    ...remoteProperties,
    repositories: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    tags: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    prefix: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]+([._/-]+[a-z0-9]+)*$',
        title: 'the start of repository names, such as mirror',
      }),
    ),
    referrers: Type.Optional(Type.Boolean()),
    deletions: Type.Optional(Type.Boolean()),
    schedule: Type.Optional(Type.String({ title: 'a cron pattern in UTC, or on-event' })),
    bandwidth: Type.Optional(bytesText),
  }),
);

export const replicationSection: ConfigSection<readonly ReplicationRule[]> = defineSection(
  'replication',
  schema,
  async (value = [], source) => {
    const rules: ReplicationRule[] = [];
    for (const [index, entry] of value.entries()) {
      const at = ['replication', index];
      const { name, direction, repositories = ['**'], schedule, prefix, bandwidth } = entry;
      if (rules.some((other) => other.name === name)) throw source.fail([...at, 'name'], `"${name}" is there twice`);
      for (const [place, pattern] of repositories.entries()) {
        const fault = patternFault(pattern);
        if (fault !== undefined) throw source.fail([...at, 'repositories', place], `the pattern "${pattern}" ${fault}`);
      }
      const onEvent = schedule === 'on-event';
      if (onEvent && direction === 'pull') {
        throw source.fail([...at, 'schedule'], 'nothing tells what happens at the other registry: a pull needs times');
      }
      const fault = schedule === undefined || onEvent ? undefined : await scheduleFault(schedule);
      if (fault !== undefined) throw source.fail([...at, 'schedule'], `"${schedule}" is no cron pattern: ${fault}`);
      rules.push({
        ...(await parseRemote(entry, source, at)),
        name,
        direction,
        repositories,
        tags: entry.tags ?? ['*'],
        prefix: prefix === undefined ? '' : `${prefix}/`,
        referrers: entry.referrers ?? true,
        deletions: entry.deletions ?? false,
        schedule: onEvent ? undefined : schedule,
        onEvent,
        bytesPerSecond: bandwidth === undefined ? undefined : parseBytes(bandwidth),
      });
    }
    return rules;
  },
);
