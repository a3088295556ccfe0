import { type Annotations, type Digest, isDigest } from '@lading/oci';
import { archiveInvalid } from '../archive/archive-invalid.ts';
import type { EntryKind } from '../archive/layout-plan.ts';

/** Why a manifest is in a bundle; `trust` is a referrer with what verifiers need. */
export type BundledKind = EntryKind | 'trust';

/** A manifest that a bundle claims to hold, with everything below it. */
export interface Claim {
  readonly kind: BundledKind;
  readonly digest: Digest;
  readonly names: readonly string[];
  /** Of an image without a name: where it belongs, as in `example.org/team/app`. */
  readonly repository?: string;
}

/**
 * What a bundle claims to hold, so that whoever reads it can tell what is missing from what was never there. Only what the manifests
 * themselves do not tell: where to start, and what was left out.
 */
export interface BundleClaims {
  readonly manifests: readonly Claim[];
  /** What manifests point to and the bundle leaves out by intent. */
  readonly absent: readonly Digest[];
  /** Files under `blobs/`. */
  readonly blobs: number;
  /** Of all of them together. */
  readonly bytes: number;
}

/** In `index.json`, where other programs pass it by; its value is JSON. */
const claimsKey = 'dev.lading.bundle.v1';

export function annotateClaims({ manifests, absent, blobs, bytes }: BundleClaims): Annotations {
  const listed = manifests.map(({ kind, digest, names, repository }) => ({
    kind,
    digest,
    ...(names.length === 0 ? {} : { names }),
    ...(repository === undefined ? {} : { repository }),
  }));
  return { [claimsKey]: JSON.stringify({ manifests: listed, absent, blobs, bytes }) };
}

/** Undefined for an archive that claims nothing. Throws ARCHIVE_INVALID, which names the place. */
export function claimsOf(annotations: Annotations | undefined, where: string): BundleClaims | undefined {
  const text = annotations?.[claimsKey];
  if (text === undefined) return undefined;
  const refuse = (place: string): never => {
    throw archiveInvalid(where, `the list of its contents (${claimsKey} in index.json) is not valid at ${place}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('$');
  }
  const { manifests, absent, blobs, bytes } = membersOf(value);
  if (!Array.isArray(manifests)) return refuse('$.manifests');
  if (!isListOf(absent, isDigestValue)) return refuse('$.absent');
  if (!isCount(blobs)) return refuse('$.blobs');
  if (!isCount(bytes)) return refuse('$.bytes');
  return {
    manifests: manifests.map((each: unknown, at) => claimOf(each) ?? refuse(`$.manifests[${at}]`)),
    absent,
    blobs,
    bytes,
  };
}

function claimOf(value: unknown): Claim | undefined {
  const { kind, digest, names = [], repository } = membersOf(value);
  if (!isKind(kind) || !isDigestValue(digest) || !isListOf(names, isText)) return undefined;
  if (repository !== undefined && !isText(repository)) return undefined;
  return { kind, digest, names, ...(repository === undefined ? {} : { repository }) };
}

const kinds: readonly unknown[] = ['image', 'companion', 'referrer', 'trust'] satisfies BundledKind[];

function isKind(value: unknown): value is BundledKind {
  return kinds.includes(value);
}

function isDigestValue(value: unknown): value is Digest {
  return isText(value) && isDigest(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
