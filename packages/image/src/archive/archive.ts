import { LadingError } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import type { ReferenceStore, Repository } from '@lading/store';

/** One image or index of an archive. */
export interface ArchivedImage {
  readonly descriptor: Descriptor;
  /** As written in the archive: `alpine:3.10` in a docker-archive, often only `3.10` in an OCI layout. May be empty. */
  readonly names: readonly string[];
}

/** An archive that was opened. Close it. */
export interface Archive {
  readonly format: 'docker-archive' | 'oci-archive';
  readonly images: readonly ArchivedImage[];
  /** Read-only; each name of an image is a tag in it. */
  readonly repository: Repository;
  /** Removes the temporary file that a compressed archive was unpacked to. */
  close(): Promise<void>;
}

/** References that can be read only. */
export function readOnly(references: ReferenceStore, path: string): ReferenceStore {
  const refuse = async (): Promise<never> => {
    throw new LadingError('STORE_READONLY', `Cannot change archive ${path}`, {
      hint: 'Copy what it holds to a store and change it there.',
    });
  };
  return {
    resolve: (reference, io) => references.resolve(reference, io),
    tags: (page) => references.tags(page),
    referrers: (digest, filter) => references.referrers(digest, filter),
    tag: refuse,
    untag: refuse,
    record: refuse,
  };
}
