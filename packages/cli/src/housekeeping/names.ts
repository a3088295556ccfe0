import type { NameRecord } from '@lading/catalog';
import { familiarReference, isDigest, parseReference, type Reference } from '@lading/oci';

/** A name of the catalog as people write it: `alpine:3.10`, or `alpine@sha256:…` for a pin. */
export function nameText({ repository, tag, digest }: NameRecord): string {
  const { registry, repository: path } = parseReference(repository, { defaultTag: null });
  return familiarReference({ registry, repository: path, ...(tag === undefined ? { digest } : { tag }) });
}

/** The same of a name in the history, which is a tag or a digest. */
export function movedReference(repository: string, name: string): Reference {
  const { registry, repository: path } = parseReference(repository, { defaultTag: null });
  return { registry, repository: path, ...(isDigest(name) ? { digest: name } : { tag: name }) };
}
