import type { Secret } from '@lading/errors';
import { Type } from 'typebox';
import { matchRepositories, patternFault } from '../access/repository-pattern.ts';
import {
  type ConfigSection,
  closed,
  defineSection,
  durationText,
  headersMap,
  parseDuration,
  parseHeaders,
  secretReference,
} from '../config/config-section.ts';
import type { EventKind, RegistryEvent } from './events.ts';

/** Somebody who is told of what happens. */
export interface Webhook {
  /** Unique; deliveries that wait are kept under it. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** What bodies are signed with. */
  readonly secret?: Secret | undefined;
  readonly events: readonly EventKind[];
  /** Whether it is told of the event. */
  readonly wants: (event: RegistryEvent) => boolean;
  readonly attempts: number;
  readonly timeoutMs: number;
}

const kinds = [
  'push',
  'tag',
  'untag',
  'delete',
  'upload',
  'unlink',
  'pull',
  'quarantine',
  'release',
  'deprecate',
  'restore',
  'purge',
  'scan',
  'refuse',
  'vulnerability.found',
  'vulnerability.resolved',
  'job',
] as const satisfies readonly EventKind[];

/** Unless told: what changes which images there are, and whether they may be used. */
const usual: readonly EventKind[] = ['push', 'tag', 'untag', 'delete', 'quarantine', 'release', 'deprecate', 'purge'];

const schema = Type.Array(
  closed({
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
      title: 'a name of lower-case letters, digits, ".", "_" and "-"',
    }),
    url: Type.String({ pattern: '^https?://', title: 'an http or https URL' }),
    secret: Type.Optional(secretReference),
    headers: Type.Optional(headersMap),
    events: Type.Optional(Type.Array(Type.Union(kinds.map((kind) => Type.Literal(kind))))),
    repositories: Type.Optional(Type.Array(Type.String())),
    tags: Type.Optional(Type.Array(Type.String())),
    attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, title: 'a whole number from 1 to 100' })),
    timeout: Type.Optional(durationText),
  }),
  { title: 'a list of webhooks' },
);

export const webhooksSection: ConfigSection<readonly Webhook[]> = defineSection(
  'webhooks',
  schema,
  (value = [], source) =>
    Promise.all(
      value.map(async (hook, index) => {
        const path = ['webhooks', index];
        const { name, url, events = usual, repositories, tags } = hook;
        if (value.findIndex((other) => other.name === name) !== index) {
          throw source.fail([...path, 'name'], `there is another webhook "${name}"`);
        }
        for (const [at, pattern] of (repositories ?? []).entries()) {
          const fault = patternFault(pattern);
          if (fault !== undefined) throw source.fail([...path, 'repositories', at], `"${pattern}" ${fault}`);
        }
        return {
          name,
          url,
          headers: await parseHeaders(hook.headers, [...path, 'headers'], source),
          secret: hook.secret === undefined ? undefined : await source.secret(hook.secret, [...path, 'secret']),
          events,
          wants: filterOf({ events, repositories, tags }),
          attempts: hook.attempts ?? 15,
          timeoutMs: parseDuration(hook.timeout ?? '10s'),
        };
      }),
    ),
);

/** By kind, by repository and, of events that have a tag, by tag. What concerns no repository passes where no repositories are listed. */
export function filterOf(filter: {
  readonly events: readonly EventKind[];
  readonly repositories?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
}): (event: RegistryEvent) => boolean {
  const wanted = new Set(filter.events);
  const repository = filter.repositories === undefined ? () => true : matchRepositories(filter.repositories);
  const patterns = filter.tags?.map((pattern) => new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`));
  return (event) =>
    wanted.has(event.kind) &&
    repository(event.repository) &&
    (patterns === undefined || event.tag === undefined || patterns.some((pattern) => pattern.test(event.tag ?? '')));
}
