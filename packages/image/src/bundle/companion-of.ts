import { type Digest, isDigest } from '@lading/oci';
import { companionTagNames } from '../copy/companion-tags.ts';
import type { ManifestGraph } from './manifest-graph.ts';

/** The manifest of the graph that a tag, or the tag of a name, is named after. */
export function companionOf(name: string, graph: ManifestGraph): Digest | undefined {
  const tag = name.slice(name.lastIndexOf(':') + 1);
  const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]{64})/.exec(tag) ?? [];
  if (hex === undefined) return undefined;
  const short = `${algorithm}:${hex}`;
  // Of a sha512 digest a tag holds only the first half.
  const digest = isDigest(short) ? short : [...graph.documents.keys()].find((each) => each.startsWith(short));
  if (digest === undefined || !graph.documents.has(digest)) return undefined;
  return companionTagNames(digest).includes(tag) ? digest : undefined;
}
