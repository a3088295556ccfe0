import { type DueScan, listDueScans, listStaleScans, removeManifest, trimFacts } from '@lading/catalog';
import { messageOf, throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { jobActor } from '../jobs/job.ts';
import { attachedKey } from './attach-results.ts';
import { type Judges, openJudges } from './open-judge.ts';
import { scanImage } from './scan-image.ts';
import type { ScanParts } from './scan-parts.ts';

export interface CatchUpFigures {
  readonly scanned: number;
  readonly failed: number;
  /** They may go better next time; why, of the last. */
  readonly postponed: number;
  readonly error?: string | undefined;
  /** Attached to images that are gone. */
  readonly orphans: number;
  /** Bytes of facts that were used longest ago. */
  readonly trimmed: number;
}

const pageSize = 100;

/**
 * Looks into all images that are due and evaluates those again that were judged by other rules or advisories, from their facts. May be
 * broken off anywhere: what is done is done.
 */
export async function catchUp(
  parts: ScanParts,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (figures: CatchUpFigures) => void },
): Promise<CatchUpFigures> {
  const judges = openJudges(parts);
  const counts = { scanned: 0, failed: 0, postponed: 0 };
  let [orphans, trimmed] = [0, 0];
  let error: string | undefined;
  const figures = (): CatchUpFigures => ({ ...counts, orphans, trimmed, ...(error === undefined ? {} : { error }) });
  try {
    for await (const { digest } of pending(parts, judges, signal)) {
      throwIfAborted(signal);
      try {
        const outcome = await scanImage(parts, digest, { judges, signal });
        if (outcome !== 'left') counts[outcome === 'failed' ? 'failed' : 'scanned'] += 1;
      } catch (cause) {
        throwIfAborted(signal);
        counts.postponed += 1;
        error = messageOf(cause);
      }
      onProgress?.(figures());
    }
  } finally {
    judges.close();
  }
  orphans = await removeOrphans(parts, signal);
  trimmed = (await trimFacts(parts.catalog.database, parts.config.scan.factsBytes, new Date())).bytes;
  return figures();
}

export interface PendingImage {
  readonly digest: Digest;
  /** `stale`: it was judged by what is out of date. */
  readonly why: 'due' | 'stale';
}

/** What `catchUp()` would look into now. */
export async function* pendingImages(parts: ScanParts, signal: AbortSignal): AsyncGenerator<PendingImage> {
  const judges = openJudges(parts);
  try {
    yield* pending(parts, judges, signal);
  } finally {
    judges.close();
  }
}

async function* pending({ catalog }: ScanParts, judges: Judges, signal: AbortSignal): AsyncGenerator<PendingImage> {
  for (let after: DueScan | undefined; ; ) {
    const page: readonly DueScan[] = await listDueScans(catalog.database, { limit: pageSize, after });
    for (const { digest } of page) yield { digest, why: 'due' };
    after = page.at(-1);
    if (page.length < pageSize) break;
  }
  const { rules } = await judges.current(signal);
  for (let after: Digest | undefined; ; ) {
    const page: readonly Digest[] = await listStaleScans(catalog.database, rules, { limit: pageSize, after });
    for (const digest of page) yield { digest, why: 'stale' };
    after = page.at(-1);
    if (page.length < pageSize) break;
  }
}

/** What was attached here goes with its image; nothing names it, so nobody else removes it. */
async function removeOrphans({ catalog }: ScanParts, signal: AbortSignal): Promise<number> {
  const rows = await catalog.database.all(
    `SELECT r.name, m.digest FROM manifests m JOIN repositories r ON r.id = m.repository_id
     WHERE m.subject IS NOT NULL AND m.annotations LIKE ? AND NOT EXISTS
       (SELECT 1 FROM manifests s WHERE s.repository_id = m.repository_id AND s.digest = m.subject)`,
    `%"${attachedKey}":%`,
  );
  for (const { name, digest } of rows) {
    throwIfAborted(signal);
    await catalog.ledger.write(jobActor('scan'), (page) =>
      removeManifest(page, String(name), digest as Digest, { restorable: false }),
    );
  }
  return rows.length;
}
