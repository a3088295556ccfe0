import { setTimeout as sleep } from 'node:timers/promises';
import { type Actor, type Catalog, collectedContent, type LedgerPage } from '@lading/catalog';
import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { ContentStore } from '@lading/store';

/** Content that a transaction refers to. */
export interface WrittenContent {
  readonly digest: Digest;
  /** Writes it once more, where whoever brought it still has it. */
  readonly rewrite?: (() => Promise<unknown>) | undefined;
}

/** So long a collection is waited for that removes this very content. */
export const patienceMs = 20_000;

/**
 * Runs `work` in a transaction of the ledger that refers to content which was written, or found, before. Nothing was locked since, so a
 * collection may have taken that content as nobody's: the transaction sees whether one did. If one does right now, its end is waited for; if
 * one did, the content is looked for, and written again. Throws BLOB_NOT_FOUND when it is gone, and CONTENT_BUSY, transient.
 */
export async function writeContent<T>(
  { catalog, content }: { readonly catalog: Pick<Catalog, 'ledger'>; readonly content: ContentStore },
  by: Actor | undefined,
  { digest, rewrite }: WrittenContent,
  work: (page: LedgerPage) => Promise<T>,
): Promise<T> {
  /** The collection after which the content was seen. */
  let seenAfter: string | undefined;
  for (const end = performance.now() + patienceMs; ; ) {
    const outcome = await catalog.ledger.write(by, async (page) => {
      const collected = await collectedContent(page, digest);
      if (collected === undefined || (collected.state === 'gone' && collected.mark === seenAfter)) {
        return { value: await work(page) };
      }
      return collected;
    });
    if ('value' in outcome) return outcome.value;
    if (outcome.state === 'going') {
      if (performance.now() > end) throw busy(digest);
      await sleep(20);
      continue;
    }
    if ((await content.stat(digest)) === undefined) {
      if (rewrite === undefined) throw gone(digest);
      await rewrite();
    }
    seenAfter = outcome.mark;
  }
}

export function busy(digest: Digest): LadingError {
  return new LadingError(
    'CONTENT_BUSY',
    `Cannot refer to ${digest}: a collection of content that nobody had takes long`,
    {
      transient: true,
      details: { digest },
    },
  );
}

function gone(digest: Digest): LadingError {
  return new LadingError('BLOB_NOT_FOUND', `Cannot refer to ${digest}: it was collected meanwhile`, {
    hint: 'Push it again.',
    transient: true,
    details: { digest },
  });
}
