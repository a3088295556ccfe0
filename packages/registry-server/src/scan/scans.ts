import { type Catalog, demandScan } from '@lading/catalog';
import { isLadingError, messageOf } from '@lading/errors';
import { type Digest, isIndexType } from '@lading/oci';
import type { Events } from '../events/events.ts';
import type { PolicyRule } from '../policy/policy-rules.ts';
import { compileRules } from '../policy/policy-rules.ts';
import type { ScanConfig } from './scan-config.ts';
import { createScanQueue } from './scan-queue.ts';
import type { Scanner, ScanTask } from './scan-task.ts';

/** No layer has fewer bytes. */
const minLayerBytes = 45;

export interface ScansOptions {
  readonly catalog: Catalog;
  readonly events: Events;
  readonly config: ScanConfig;
  readonly rules: readonly PolicyRule[];
  readonly scanner: Scanner;
  /** Told after each image, before anybody else; resolves when pulls know of it. */
  readonly onScan?: (() => Promise<void>) | undefined;
  readonly warn: (message: string) => void;
}

/** Looks into what is pushed, while it arrives. */
export interface Scans {
  /** It waits or runs in this process. */
  isPending(image: Digest): boolean;
  /** Has an image looked into, again if it was. */
  request(image: Digest): Promise<void>;
  /** What waits or runs in this process: blobs and images. */
  readonly queued: number;
  /** From now on these rules say which repositories are looked into. */
  configure(rules: readonly PolicyRule[]): void;
  /** Called with how each task went and how long it took. Returns how to end that. */
  subscribe(listener: (ended: ScanTaskEnd) => void): () => void;
  close(): Promise<void>;
}

export interface ScanTaskEnd {
  readonly task: ScanTask;
  readonly outcome: string;
  readonly durationMs: number;
}

/**
 * A blob that was linked is read at once: while the client sends the next one, and before a manifest says that it is a layer. The manifest
 * then finds its layers read. Nothing waits for it: it hears of what was committed, and what it misses or loses is due in the catalog, where
 * the job "scan" finds it.
 */
export function createScans(options: ScansOptions): Scans {
  const { catalog, events, config, scanner, onScan, warn } = options;
  const listeners = new Set<(ended: ScanTaskEnd) => void>();
  let rulesOf = compileRules(options.rules);
  let warned = '';

  const run = async (task: ScanTask, signal: AbortSignal): Promise<void> => {
    const started = performance.now();
    let outcome = 'done';
    try {
      outcome = (await scanner.run(task, signal)).outcome ?? outcome;
      if (outcome !== 'left' && task.kind === 'image') await tell(task.digest, outcome);
    } catch (error) {
      outcome = 'postponed';
      const message = messageOf(error);
      if (signal.aborted || isLadingError(error, 'INTERRUPTED')) return;
      // Those of a cache come when somebody pulls them.
      const isAwaited = isLadingError(error, 'BLOB_NOT_FOUND');
      // Where advisories are missing, they are for every image.
      if (!isAwaited && message !== warned)
        warn(`${task.digest} could not be looked into, and will be again: ${message}`);
      warned = message;
    }
    for (const listener of listeners) listener({ task, outcome, durationMs: performance.now() - started });
  };
  const tell = async (digest: Digest, outcome: string): Promise<void> => {
    await onScan?.();
    events.emit({ kind: 'scan', repository: '', digest, actor: 'job:scan', at: new Date(), detail: { outcome } });
  };
  const queue = createScanQueue({ run, threads: config.threads });
  const isLookedInto = (repository: string): boolean => rulesOf(repository).scan?.enabled ?? true;
  const end = catalog.ledger.watch((records) => {
    for (const { entry } of records) {
      if (entry.kind === 'blob.linked') {
        if (entry.size >= minLayerBytes && isLookedInto(entry.repository)) {
          queue.add({ kind: 'layer', digest: entry.digest });
        }
      } else if (entry.kind === 'manifest.recorded') {
        if (!isIndexType(entry.mediaType) && isLookedInto(entry.repository)) {
          queue.add({ kind: 'image', digest: entry.digest });
        }
      }
    }
  });
  return {
    isPending: (digest) => queue.has({ kind: 'image', digest }),
    async request(digest) {
      await demandScan(catalog.database, digest, new Date().toISOString());
      queue.add({ kind: 'image', digest });
    },
    get queued() {
      return queue.size;
    },
    configure(rules) {
      rulesOf = compileRules(rules);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      end();
      await queue.close();
      await scanner.close();
    },
  };
}
