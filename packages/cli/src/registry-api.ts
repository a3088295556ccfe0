import type { Command } from 'commander';
import { type OptionValues, textOption } from './command.ts';
import type { Context } from './context.ts';
import { openRegistryNamed } from './open-registry.ts';
import { configureRegistry, registryNamed, registryOptions } from './registries.ts';

/** The management API of a registry. Shapes of answers are those of its OpenAPI document, which callers assert. */
export interface RegistryApi {
  /** `host[:port]` */
  readonly registry: string;
  /** `path` counts from `/api/v1`; `action` is for messages, in the infinitive. */
  get<T>(path: string, action: string, query?: Query): Promise<T>;
  /** All entries of a list, page after page. */
  list<T>(path: string, action: string, query?: Query): AsyncIterable<T>;
  send<T>(method: 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, action: string, body?: unknown): Promise<T>;
}

/** Members that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Declares `--registry` and how to reach it. */
export function configureRegistryApi(command: Command): void {
  command.option('--registry <host>', 'the registry to manage (LADING_REGISTRY, localhost:5000)');
  configureRegistry(command);
}

/** Works with the API of the registry that the options name, with the credentials that are stored for it, and closes it again. */
export async function withRegistryApi<T>(
  context: Context,
  options: OptionValues,
  work: (api: RegistryApi) => Promise<T>,
): Promise<T> {
  const named = textOption(options, 'registry') ?? process.env.LADING_REGISTRY;
  const registry = registryNamed(named === undefined || named === '' ? 'localhost:5000' : named);
  const opened = await openRegistryNamed(registry, registryOptions(options));
  const { signal } = context;
  const get: RegistryApi['get'] = async <T>(path: string, action: string, query: Query = {}) =>
    (await opened.call({ method: 'GET', path: pathOf(path, query), action, signal })) as T;
  try {
    return await work({
      registry,
      get,
      async *list<T>(path: string, action: string, query: Query = {}) {
        let after: string | undefined;
        do {
          const page = await get<{ items: T[]; next?: string }>(path, action, { limit: 1000, ...query, after });
          yield* page.items;
          after = page.next;
        } while (after !== undefined);
      },
      send: async <T>(method: 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, action: string, body?: unknown) =>
        (await opened.call({ method, path: pathOf(path), action, body, signal })) as T,
    });
  } finally {
    await opened.close();
  }
}

/** A repository, digest or other text as one component of a path. */
export function component(text: string): string {
  return encodeURIComponent(text);
}

function pathOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return `/api/v1${path}${search.size === 0 ? '' : `?${search}`}`;
}
