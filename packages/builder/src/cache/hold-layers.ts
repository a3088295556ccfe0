import { TargetLeases } from '@lading/image';
import type { ContentStore } from '@lading/store';

/** Keeps layers from being collected while a build runs whose image will refer to them. */
export function holdLayers(content: ContentStore): TargetLeases & AsyncDisposable {
  const leases = new TargetLeases(content);
  return Object.assign(leases, { [Symbol.asyncDispose]: () => leases.release() });
}
