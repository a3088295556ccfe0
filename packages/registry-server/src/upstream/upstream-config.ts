import { Type } from 'typebox';
import { patternFault } from '../access/repository-pattern.ts';
import { type ConfigSection, closed, defineSection, durationText, parseDuration } from '../config/config-section.ts';
import { parseRemote, type RemoteRegistry, remoteProperties } from './remote-registry.ts';

/** A registry that some repositories here are a cache of. */
export interface UpstreamConfig extends RemoteRegistry {
  /** `hub`: repositories `hub/…` are the upstream's `…`. Empty: all that no other upstream has. */
  readonly prefix: string;
  /** Names at the upstream, without `path`, that may be asked for. */
  readonly repositories: readonly string[];
  /** How long a tag is believed before the upstream is asked again. */
  readonly freshMs: number;
  /** How long it is believed that something is not there. */
  readonly absentMs: number;
  /** What is in the cache is served after waiting so long for the upstream. */
  readonly patienceMs: number;
}

const schema = Type.Array(
  closed({
    prefix: Type.Optional(
      Type.String({
        pattern: '^$|^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$',
        title: 'the start of repository names, without a slash at its end, such as hub',
      }),
    ),
    ...remoteProperties,
    repositories: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    fresh: Type.Optional(durationText),
    absent: Type.Optional(durationText),
    patience: Type.Optional(durationText),
  }),
);

export const upstreamsSection: ConfigSection<readonly UpstreamConfig[]> = defineSection(
  'upstreams',
  schema,
  async (value = [], source) => {
    const upstreams: UpstreamConfig[] = [];
    for (const [index, entry] of value.entries()) {
      const { prefix = '', repositories = ['**'] } = entry;
      if (upstreams.some((other) => other.prefix === prefix)) {
        throw source.fail(['upstreams', index], `there is another upstream for the prefix "${prefix}"`);
      }
      for (const [at, pattern] of repositories.entries()) {
        const fault = patternFault(pattern);
        if (fault !== undefined) {
          throw source.fail(['upstreams', index, 'repositories', at], `the pattern "${pattern}" ${fault}`);
        }
      }
      upstreams.push({
        ...(await parseRemote(entry, source, ['upstreams', index])),
        prefix,
        repositories,
        freshMs: parseDuration(entry.fresh ?? '5m'),
        absentMs: parseDuration(entry.absent ?? '30s'),
        patienceMs: parseDuration(entry.patience ?? '5s'),
      });
    }
    return upstreams;
  },
);
