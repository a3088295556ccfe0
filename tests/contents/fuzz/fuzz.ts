import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface FuzzOptions {
  /** The first case; each is its own seed. */
  readonly first: number;
  readonly cases: number;
  readonly lanes?: number;
  /** A case that takes longer hangs. */
  readonly caseMs?: number;
  readonly onCase?: (seed: number) => void;
}

interface Told {
  readonly seed: number;
  /** Absent when the case begins. */
  readonly wrong?: readonly string[];
}

/** What was wrong, with the seed that shows it. Each lane is a thread: one that hangs is ended, and another goes on behind the case. */
export async function fuzz({
  first,
  cases,
  lanes = 1,
  caseMs = 20_000,
  onCase,
}: FuzzOptions): Promise<readonly string[]> {
  const wrong: string[] = [];
  const run = (from: number): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const lane = { first: from, end: first + cases, step: lanes };
      const worker = new Worker(join(import.meta.dirname, 'fuzz-thread.ts'), {
        workerData: lane,
        resourceLimits: { maxOldGenerationSizeMb: 512 },
      });
      let current = from;
      let timer: NodeJS.Timeout | undefined;
      const failed = (what: string): void => {
        clearTimeout(timer);
        wrong.push(`case ${current}: ${what}`);
        void worker.terminate().then(() => resolve(current + lanes));
      };
      worker.on('message', ({ seed, wrong: found }: Told) => {
        current = seed;
        clearTimeout(timer);
        if (found === undefined) timer = setTimeout(() => failed(`no end after ${caseMs} ms`), caseMs);
        else {
          wrong.push(...found.map((what) => `case ${seed}: ${what}`));
          onCase?.(seed);
        }
      });
      worker.once('error', (error) => failed(error instanceof Error ? (error.stack ?? error.message) : String(error)));
      worker.once('messageerror', reject);
      worker.once('exit', (code) => {
        clearTimeout(timer);
        if (code === 0) resolve(undefined);
      });
    });
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (let next: number | undefined = first + lane; next !== undefined && next < first + cases; )
        next = await run(next);
    }),
  );
  return wrong;
}
