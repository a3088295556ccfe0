import { LadingError } from '@lading/errors';
import { type Descriptor, type Digest, isDigest } from '@lading/oci';
import type { Page, TagOptions, TagOutcome } from '../reference-store.ts';

/** A digest cannot be a tag: resolving it would be ambiguous. */
export function assertTaggable(tag: string): void {
  if (tag !== '' && !isDigest(tag)) return;
  throw new LadingError('REFERENCE_INVALID', `Cannot tag "${tag}": a tag is neither empty nor a digest`);
}

export function manifestUnknown(tag: string, digest: Digest): LadingError {
  return new LadingError('REFERENCE_NOT_FOUND', `Cannot tag "${tag}": the manifest ${digest} is not recorded here`, {
    hint: 'Write the manifest to content and record() it before tagging.',
    details: { digest },
  });
}

/** The refusal when the compare of a compare-and-swap fails; undefined when the tag may move. */
export function refusal(current: Descriptor | undefined, expected: TagOptions['expected']): TagOutcome | undefined {
  if (expected === undefined || (expected === null ? current === undefined : current?.digest === expected)) {
    return undefined;
  }
  return current === undefined ? { tagged: false } : { tagged: false, actual: current };
}

/** A page of names in byte order. */
export function page(names: Iterable<string>, { after, limit }: Page = {}): string[] {
  const sorted = [...names].sort(compareBytes);
  const rest = after === undefined ? sorted : sorted.filter((name) => compareBytes(name, after) > 0);
  return limit === undefined ? rest : rest.slice(0, Math.max(0, limit));
}

// UTF-16 order differs from byte order beyond the basic plane.
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
