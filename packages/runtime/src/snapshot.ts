import type { Digest } from '@lading/oci';

/** A stack of unpacked layers, read-only. It names what lies on disk; dropping it frees nothing. */
export interface Snapshot {
  /** Names the whole stack (OCI image-spec 1.1 §layer chainid). */
  readonly chainId: Digest;
  readonly diffId: Digest;
  readonly parent: Snapshot | undefined;
  /** The unpacked files of this layer alone, in the form of an overlay's lower folder. Not to be changed. */
  readonly folder: string;
}

/** The snapshot and those it stands on, the uppermost first. */
export function stackOf(snapshot: Snapshot | undefined): Snapshot[] {
  const stack: Snapshot[] = [];
  for (let each = snapshot; each !== undefined; each = each.parent) stack.push(each);
  return stack;
}
