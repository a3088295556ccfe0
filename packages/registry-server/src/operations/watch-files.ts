import { stat } from 'node:fs/promises';

/**
 * Calls `changed` when one of the files has become another, by asking every now and then: certificates are often links that are moved to a
 * new folder, or lie on network file systems, where notifications do not come. Returns how to end it.
 */
export function watchFiles(paths: readonly string[], changed: () => Promise<void>, intervalMs = 5000): () => void {
  let known: Promise<string> | undefined = stateOf(paths);
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    try {
      const [before, now] = [await known, await stateOf(paths)];
      known = Promise.resolve(now);
      if (before !== now) await changed();
    } finally {
      looking = false;
    }
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function stateOf(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    try {
      const { ino, size, mtimeMs } = await stat(path);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return 'absent';
    }
  });
  return (await Promise.all(states)).join('\n');
}
