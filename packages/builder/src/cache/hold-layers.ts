import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { TargetLeases } from '@lading/image';
import type { Digest } from '@lading/oci';
import type { ContentStore } from '@lading/store';
import { isHere } from './is-here.ts';

/** Keeps layers from being collected while a build runs whose image will refer to them. */
export interface HeldLayers extends AsyncDisposable {
  /** Of a layer that is here. A step does not wait for it: many leases at once take little longer than one. */
  hold(digest: Digest): void;
  /** Of one that was written just now. */
  committed(digest: Digest): void;
  /** Resolves when nothing that was held can vanish any more. Throws BLOB_NOT_FOUND when something has, between a look and its lease. */
  confirm(io?: Io): Promise<void>;
}

/** For so long steps that follow each other gather what they found, in milliseconds: a lease for each at once is as many syncs of a folder. */
const gatherMs = 20;

export function holdLayers(content: ContentStore): HeldLayers {
  const leases = new TargetLeases(content);
  const held = new Set<Digest>();
  const gathered: Digest[] = [];
  const taken: Promise<void>[] = [];
  let timer: NodeJS.Timeout | undefined;
  const takeAll = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.length === 0) return;
    const lease = leases.hold(gathered.splice(0));
    lease.catch(() => {});
    taken.push(lease);
  };
  return {
    hold(digest) {
      if (held.has(digest)) return;
      held.add(digest);
      gathered.push(digest);
      timer ??= setTimeout(takeAll, gatherMs);
    },
    committed: (digest) => leases.committed(digest),
    async confirm(io) {
      takeAll();
      await Promise.all(taken);
      for (const digest of held) {
        if (await isHere(content, digest, io)) continue;
        throw new LadingError(
          'BLOB_NOT_FOUND',
          `Cannot use layer ${digest} of the build cache: it was collected just now`,
          {
            hint: 'Build again: the step that made it will run.',
            details: { digest },
            transient: true,
          },
        );
      }
    },
    [Symbol.asyncDispose]: () => {
      clearTimeout(timer);
      return leases.release();
    },
  };
}
