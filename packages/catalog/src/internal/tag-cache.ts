import type { Descriptor } from '@lading/oci';
import type { Database } from '../database/database.ts';

/** Holds so many tags; the oldest go first. */
const capacity = 200_000;

export interface TagCache {
  get(repository: string, tag: string): Descriptor | undefined;
  /** Goes up with every `clear()` and `delete()`. */
  readonly generation: number;
  /** Ignored when something was dropped since `generation`: what was looked up before may be old. */
  set(repository: string, tag: string, descriptor: Descriptor, generation: number): void;
  delete(repository: string, tag: string): void;
  clear(): void;
}

/**
 * Tags that were just looked up. Pulls by tag are the hottest path of a registry, and a map answers ten times faster than a
 * statement. Own writes drop what they change; when another connection wrote, which is asked at most once per turn of the event loop, all goes.
 */
export function createTagCache(database: Database): TagCache {
  const { dataVersion } = database;
  if (dataVersion === undefined) return noCache;
  const tags = new Map<string, Descriptor>();
  let version = dataVersion();
  let checked = false;
  let generation = 0;

  const clear = (): void => {
    generation++;
    tags.clear();
  };
  const revalidate = (): void => {
    if (checked) return;
    checked = true;
    setImmediate(() => {
      checked = false;
    });
    const current = dataVersion();
    if (current !== version) {
      version = current;
      clear();
    }
  };

  return {
    get(repository, tag) {
      revalidate();
      return tags.get(`${repository}:${tag}`);
    },
    get generation() {
      return generation;
    },
    set(repository, tag, descriptor, since) {
      if (since !== generation) return;
      if (tags.size >= capacity) {
        const oldest = tags.keys().next().value;
        if (oldest !== undefined) tags.delete(oldest);
      }
      tags.set(`${repository}:${tag}`, descriptor);
    },
    delete(repository, tag) {
      generation++;
      tags.delete(`${repository}:${tag}`);
    },
    clear,
  };
}

/** Where nobody says in time that others wrote. */
const noCache: TagCache = { get: () => undefined, generation: 0, set: () => {}, delete: () => {}, clear: () => {} };
