import { type Descriptor, type Digest, isManifestType } from '@lading/oci';
import type { EntryKind, LayoutBlob, LayoutEntry, LayoutPlan } from './layout-plan.ts';

const kinds: readonly EntryKind[] = ['image', 'companion', 'referrer'];

/** Gathers a plan, in any order; equal content makes an equal plan. */
export class LayoutBuilder {
  readonly #entries = new Map<Digest, { kind: EntryKind; descriptor: Descriptor; names: string[] }>();
  readonly #blobs = new Map<Digest, LayoutBlob>();
  readonly #absent = new Set<Digest>();

  /** Lists a manifest. One that is there for two reasons has the first. */
  list({ kind, descriptor, names }: LayoutEntry): void {
    const entry = this.#entries.get(descriptor.digest) ?? { kind, descriptor, names: [] };
    this.#entries.set(descriptor.digest, entry);
    for (const name of names) if (!entry.names.includes(name)) entry.names.push(name);
  }

  take(blob: LayoutBlob): void {
    const { digest } = blob.descriptor;
    if (!this.#blobs.has(digest)) this.#blobs.set(digest, blob);
  }

  leaveOut(digest: Digest): void {
    this.#absent.add(digest);
  }

  plan(): LayoutPlan {
    return {
      entries: [...this.#entries.values()].sort(compareEntries),
      blobs: [...this.#blobs.values()].sort(compareBlobs),
      absent: [...this.#absent].filter((digest) => !this.#blobs.has(digest)).sort(),
    };
  }
}

/** Manifests first: who reads the archive as a stream then knows early what it has to hold. */
function compareBlobs({ descriptor: a }: LayoutBlob, { descriptor: b }: LayoutBlob): number {
  const manifests = Number(isManifestType(b.mediaType)) - Number(isManifestType(a.mediaType));
  return manifests || compare(a.digest, b.digest);
}

function compareEntries(a: LayoutEntry, b: LayoutEntry): number {
  if (a.kind !== b.kind) return kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
  if (a.kind === 'image') return 0;
  return compare(a.names[0] ?? '', b.names[0] ?? '') || compare(a.descriptor.digest, b.descriptor.digest);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
