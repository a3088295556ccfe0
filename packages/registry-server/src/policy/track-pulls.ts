import { beginNotingPulls, type Catalog, notePulls, type Pull } from '@lading/catalog';
import type { Events } from '../events/events.ts';

/** What is not written yet when so many are waiting is written at once. */
const most = 10_000;

/** Keeps when tags and manifests were last pulled, for retention: written together, some seconds late. */
export function trackPulls(
  { database }: Pick<Catalog, 'database'>,
  events: Events,
  { everyMs = 5000 }: { readonly everyMs?: number } = {},
): { flush(): Promise<void>; close(): Promise<void> } {
  let waiting = new Map<string, Pull>();
  let writing: Promise<void> = beginNotingPulls(database, new Date()).catch(() => {});

  const flush = (): Promise<void> => {
    const pulls = waiting;
    waiting = new Map();
    // A database that does not answer loses some seconds of this, and nothing else.
    if (pulls.size > 0) writing = writing.then(() => notePulls(database, pulls.values())).catch(() => {});
    return writing;
  };
  const note = (repository: string, name: string, at: Date): void => {
    waiting.set(`${repository} ${name}`, { repository, name, at });
  };
  const end = events.subscribe(({ kind, repository, digest, tag, at }) => {
    if (kind !== 'pull') return;
    if (digest !== undefined) note(repository, digest, at);
    if (tag !== undefined) note(repository, tag, at);
    if (waiting.size >= most) void flush();
  });
  const timer = setInterval(() => void flush(), everyMs).unref();
  return {
    flush,
    async close() {
      end();
      clearInterval(timer);
      await flush();
    },
  };
}
