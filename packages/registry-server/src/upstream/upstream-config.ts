import type { Credentials } from '@lading/registry-client';
import { Type } from 'typebox';
import { patternFault } from '../access/repository-pattern.ts';
import {
  type ConfigSection,
  closed,
  defineSection,
  durationText,
  parseDuration,
  secretReference,
} from '../config/config-section.ts';

/** A registry that some repositories here are a cache of. */
export interface UpstreamConfig {
  /** `hub`: repositories `hub/…` are the upstream's `…`. Empty: all that no other upstream has. */
  readonly prefix: string;
  /** `host[:port]`, as a reference has it. */
  readonly registry: string;
  /** Put before the names at the upstream; empty or with a slash at its end. */
  readonly path: string;
  /** Undefined: plain HTTP to this machine only. */
  readonly plainHttp?: boolean | undefined;
  readonly credentials?: Credentials | undefined;
  /** A file of PEM certificates to trust besides the system's. */
  readonly authorities?: string | undefined;
  /** Names at the upstream, without `path`, that may be asked for. */
  readonly repositories: readonly string[];
  /** How long a tag is believed before the upstream is asked again. */
  readonly freshMs: number;
  /** How long it is believed that something is not there. */
  readonly absentMs: number;
  /** What is in the cache is served after waiting so long for the upstream. */
  readonly patienceMs: number;
}

const place = /^(?:(https?):\/\/)?([^/?#@]+)((?:\/[a-z0-9._/-]+?)?)\/?$/;

const schema = Type.Array(
  closed({
    prefix: Type.Optional(
      Type.String({
        pattern: '^$|^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$',
        title: 'the start of repository names, without a slash at its end, such as hub',
      }),
    ),
    url: Type.String({ pattern: place.source, title: 'a registry such as https://registry.example.org or docker.io' }),
    credentials: Type.Optional(closed({ username: Type.String({ minLength: 1 }), password: secretReference })),
    authorities: Type.Optional(Type.String()),
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
      const { prefix = '', credentials, repositories = ['**'] } = entry;
      if (upstreams.some((other) => other.prefix === prefix)) {
        throw source.fail(['upstreams', index], `there is another upstream for the prefix "${prefix}"`);
      }
      for (const [at, pattern] of repositories.entries()) {
        const fault = patternFault(pattern);
        if (fault !== undefined) {
          throw source.fail(['upstreams', index, 'repositories', at], `the pattern "${pattern}" ${fault}`);
        }
      }
      const [, scheme, registry = '', path = ''] = place.exec(entry.url) ?? [];
      upstreams.push({
        prefix,
        registry,
        path: path === '' ? '' : `${path.slice(1)}/`,
        plainHttp: scheme === undefined ? undefined : scheme === 'http',
        ...(credentials === undefined
          ? {}
          : {
              credentials: {
                username: credentials.username,
                password: await source.secret(credentials.password, ['upstreams', index, 'credentials', 'password']),
              },
            }),
        authorities: entry.authorities === undefined ? undefined : source.file(entry.authorities),
        repositories,
        freshMs: parseDuration(entry.fresh ?? '5m'),
        absentMs: parseDuration(entry.absent ?? '30s'),
        patienceMs: parseDuration(entry.patience ?? '5s'),
      });
    }
    return upstreams;
  },
);
