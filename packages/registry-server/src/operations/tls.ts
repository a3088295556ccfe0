import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { LadingError, messageOf } from '@lading/errors';

/** PEM files. */
export interface TlsFiles {
  /** The server's certificate, followed by those that lead to its authority. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities of client certificates; with them, clients are asked for one. */
  readonly clientAuthorities?: string | undefined;
  /** Whoever shows none of these authorities is not let in. */
  readonly requireClientCertificate?: boolean | undefined;
}

export interface LoadedTls {
  readonly context: SecureContextOptions;
  readonly notAfter: Date;
}

/** Reads the files and checks that they belong together. Throws FILE_UNREADABLE, CONFIGURATION_INVALID. */
export async function loadTls(files: TlsFiles): Promise<LoadedTls> {
  const [cert, key, ca] = await Promise.all([
    read('certificate', files.certificate),
    read('key', files.key),
    files.clientAuthorities === undefined ? undefined : read('authorities of clients', files.clientAuthorities),
  ]);
  const context: SecureContextOptions = { cert, key, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' };
  try {
    const certificate = new X509Certificate(cert);
    // Of a key of another kind than the certificate's, a context is made nevertheless, and then no handshake succeeds.
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is that of another certificate');
    createSecureContext(context);
    return { context, notAfter: certificate.validToDate };
  } catch (cause) {
    throw new LadingError(
      'CONFIGURATION_INVALID',
      `Cannot serve TLS with ${files.certificate} and ${files.key}: ${messageOf(cause)}`,
      { hint: 'Both must be PEM, the key that of the first certificate, and without a passphrase.', cause },
    );
  }
}

async function read(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new LadingError('FILE_UNREADABLE', `Cannot read the ${what} ${path}: ${messageOf(cause)}`, { cause });
  }
}
