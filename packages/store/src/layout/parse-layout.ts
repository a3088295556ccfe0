import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { type ImageIndex, mediaTypes, parseManifest } from '@lading/oci';

/** The file `oci-layout`. OCI image-spec 1.1 §image-layout. `where` names the layout in errors. Throws LAYOUT_INVALID. */
export function parseLayoutVersion(bytes: Uint8Array, where: string): void {
  let version: unknown;
  try {
    version = JSON.parse(Buffer.from(bytes).toString('utf8'))?.imageLayoutVersion;
  } catch (cause) {
    throw layoutInvalid(where, 'oci-layout is not JSON', cause);
  }
  if (typeof version !== 'string') throw layoutInvalid(where, 'oci-layout has no version at $.imageLayoutVersion');
  if (!/^1\.\d+\.\d+$/.test(version)) {
    throw layoutInvalid(where, `oci-layout has the unknown version "${version.slice(0, 50)}" at $.imageLayoutVersion`);
  }
}

/** The file `index.json`. Throws LAYOUT_INVALID, which names the path of what is wrong in it. */
export function parseLayoutIndex(bytes: Uint8Array, where: string): ImageIndex {
  try {
    const document = parseManifest(bytes, mediaTypes.ociIndex);
    if (document.kind === 'index') return document.value;
  } catch (cause) {
    if (!isLadingError(cause, 'MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED', 'DIGEST_INVALID')) throw cause;
    throw layoutInvalid(where, `index.json is not an image index: ${messageOf(cause)}`, cause);
  }
  throw layoutInvalid(where, 'index.json is not an image index');
}

export function layoutInvalid(where: string, why: string, cause?: unknown): LadingError {
  return new LadingError('LAYOUT_INVALID', `Cannot open OCI layout ${where}: ${why}`, {
    hint: 'An OCI layout is a folder with oci-layout, index.json and blobs/.',
    cause,
    details: { layout: where },
  });
}
