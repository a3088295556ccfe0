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

export function holdLayers(content: ContentStore): HeldLayers {
  const leases = new TargetLeases(content);
  const held = new Map<Digest, Promise<void>>();
  return {
    hold(digest) {
      if (held.has(digest)) return;
      const lease = leases.hold(digest);
      lease.catch(() => {});
      held.set(digest, lease);
    },
    committed: (digest) => leases.committed(digest),
    async confirm(io) {
      await Promise.all(held.values());
      for (const digest of held.keys()) {
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
    [Symbol.asyncDispose]: () => leases.release(),
  };
}
