import type { ScanTask } from './scan-task.ts';

export interface ScanQueueOptions {
  /** Must not throw. */
  readonly run: (task: ScanTask, signal: AbortSignal) => Promise<void>;
  /** How many run at the same time. */
  readonly threads: number;
  /** What comes when so many wait is left to the job. */
  readonly mostWaiting?: number | undefined;
}

/** What waits to be looked into in this process. It is lost with it; the catalog knows what is due. */
export interface ScanQueue {
  /** One that waits already is not added again. */
  add(task: ScanTask): void;
  /** Waiting or running. */
  has(task: ScanTask): boolean;
  readonly size: number;
  /** Breaks off what runs. */
  close(): Promise<void>;
}

interface Entry {
  readonly task: ScanTask;
  readonly key: string;
}

/**
 * First come, first served, but an image waits for the layers that came before it: they are most likely its own, and would be read twice.
 */
export function createScanQueue({ run, threads, mostWaiting = 10_000 }: ScanQueueOptions): ScanQueue {
  const waiting = new Map<string, Entry>();
  const running = new Map<string, Entry & { readonly ended: Promise<void> }>();
  const stop = new AbortController();

  const next = (): Entry | undefined => {
    const readsLayer = [...running.values()].some(({ task }) => task.kind === 'layer');
    let layersFirst = readsLayer;
    for (const entry of waiting.values()) {
      const { kind } = entry.task;
      // The same task may run right now, of what was there before.
      if (!running.has(entry.key) && (kind === 'layer' || !layersFirst)) return entry;
      if (kind === 'layer') layersFirst = true;
    }
    return undefined;
  };
  const fill = (): void => {
    while (running.size < threads && !stop.signal.aborted) {
      const entry = next();
      if (entry === undefined) return;
      waiting.delete(entry.key);
      const ended = run(entry.task, stop.signal).finally(() => {
        running.delete(entry.key);
        fill();
      });
      running.set(entry.key, { ...entry, ended });
    }
  };

  return {
    add(task) {
      if (stop.signal.aborted || waiting.size >= mostWaiting) return;
      const key = keyOf(task);
      if (!waiting.has(key)) waiting.set(key, { task, key });
      fill();
    },
    has: (task) => waiting.has(keyOf(task)) || running.has(keyOf(task)),
    get size() {
      return waiting.size + running.size;
    },
    async close() {
      waiting.clear();
      stop.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

function keyOf({ kind, digest }: ScanTask): string {
  return `${kind} ${digest}`;
}
