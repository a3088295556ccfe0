import { type Digest, isManifestType } from '@lading/oci';
import type { CopiedContent } from '../copy/copy-run.ts';
import type { EntryKind, LayoutEntry, LayoutPlan } from './layout-plan.ts';

const kinds: readonly EntryKind[] = ['image', 'companion', 'referrer'];

/** Gathers a plan, in any order; equal content makes an equal plan. */
export class LayoutBuilder {
  readonly #entries = new Map<Digest, LayoutEntry>();
  readonly #blobs = new Map<Digest, CopiedContent>();
  readonly #absent = new Set<Digest>();

  /** Begins with what a plan has. */
  constructor(plan?: LayoutPlan) {
    for (const entry of plan?.entries ?? []) this.list(entry);
    for (const blob of plan?.blobs ?? []) this.take(blob);
    for (const digest of plan?.absent ?? []) this.leaveOut(digest);
  }

  /** Lists a manifest. One that is there for two reasons has the first, and the names of both. */
  list(entry: LayoutEntry): void {
    const { digest } = entry.descriptor;
    const known = this.#entries.get(digest);
    if (known === undefined) this.#entries.set(digest, entry);
    else this.#entries.set(digest, { ...known, names: [...new Set([...known.names, ...entry.names])] });
  }

  take(blob: CopiedContent): void {
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
function compareBlobs({ descriptor: a }: CopiedContent, { descriptor: b }: CopiedContent): number {
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
