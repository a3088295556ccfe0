import { LadingError } from '@lading/errors';
import { annotationKeys, type Descriptor, type ManifestDocument } from '@lading/oci';
import { archiveInvalid } from '../archive/archive-invalid.ts';

/** The artifact of a bundle that holds what a verifier needs: keys, certificates, trusted roots, policies. Its subject is the image. */
export const trustArtifactType = 'application/vnd.lading.trust.v1';

/** A public key, a certificate, a `trusted_root.json`, a TUF root, a policy. */
export interface TrustFile {
  /** Without folders: `cosign.pub`. */
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** The most bytes of one such file. */
export const maxTrustFileBytes: number = 4 << 20;

/** A file for a bundle; its type, its content and name tell. Throws USAGE for a name that is none, for too much, and for a private key. */
export function trustFile(name: string, bytes: Uint8Array): TrustFile {
  const fault = nameFault(name) ?? contentFault(bytes);
  if (fault !== undefined) {
    throw new LadingError('USAGE', `Cannot take ${JSON.stringify(name)} as trust material: ${fault}`, {
      hint: 'Give public keys, certificates, trusted roots or policies, as files of their own.',
    });
  }
  return { name, mediaType: typeOf(name, bytes), bytes };
}

/** The files of a trust artifact that was read, by descriptor. Throws ARCHIVE_INVALID for names that are no file names. */
export function trustFilesOf(
  document: ManifestDocument,
  where: string,
): readonly { readonly name: string; readonly descriptor: Descriptor }[] {
  if (document.kind !== 'manifest') throw archiveInvalid(where, 'its trust artifact is an index');
  return document.value.layers.map((descriptor) => {
    const name = descriptor.annotations?.[annotationKeys.title] ?? '';
    const fault = nameFault(name);
    if (fault !== undefined) throw archiveInvalid(where, `its trust file ${JSON.stringify(name)} cannot be: ${fault}`);
    return { name, descriptor };
  });
}

function nameFault(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'it has no name';
  if (/[/\\\p{Cc}]/u.test(name)) return 'its name has slashes or control characters';
  return Buffer.byteLength(name) > 255 ? 'its name is too long' : undefined;
}

function contentFault(bytes: Uint8Array): string | undefined {
  if (bytes.length > maxTrustFileBytes) return `it has more than ${maxTrustFileBytes} bytes`;
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(Buffer.from(bytes).toString('latin1'))
    ? 'it is a private key'
    : undefined;
}

function typeOf(name: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  // RFC 8555 §9.1.
  if (text.includes('-----BEGIN CERTIFICATE-----')) return 'application/pem-certificate-chain';
  if (/-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(text)) return 'application/x-pem-file';
  if (/^\s*[{[]/.test(text)) return jsonTypeOf(text);
  // RFC 9512.
  return /\.ya?ml$/.test(name) ? 'application/yaml' : 'application/octet-stream';
}

/** A Sigstore trusted root names its type itself. */
function jsonTypeOf(text: string): string {
  try {
    const { mediaType } = JSON.parse(text);
    if (typeof mediaType === 'string' && /^application\/[\w.+-]+$/.test(mediaType)) return mediaType;
  } catch {
    return 'application/octet-stream';
  }
  return 'application/json';
}
