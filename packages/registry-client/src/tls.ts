import type { SecureContext } from 'node:tls';
import { LadingError } from '@lading/errors';
import type { TlsSettings } from './http/dial.ts';

export interface TlsOptions {
  /** PEM text of authorities to trust besides the system's. */
  readonly ca?: string | undefined;
  /** PEM text of a client certificate and its key. They are shown to the registry alone. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** `false` accepts any certificate: whoever stands in between can then read and change everything that no digest covers. */
  readonly verify?: boolean | undefined;
}

/**
 * How to speak TLS with each origin of one registry's traffic. Its authorities are trusted for its token server and storage too, which are
 * often of the same house; its client certificate is for `host` alone. Throws CONFIGURATION_INVALID.
 */
export async function tlsFor(
  { ca, certificate, key, verify }: TlsOptions,
  host: string,
): Promise<(origin: URL) => TlsSettings> {
  const checks = verify === false ? { rejectUnauthorized: false } : {};
  if (ca === undefined && certificate === undefined) return () => checks;
  const { X509Certificate } = await import('node:crypto');
  const { createSecureContext, getCACertificates } = await import('node:tls');
  const context = (client: { cert?: string | undefined; key?: string | undefined }): SecureContext => {
    try {
      // A context takes text without any certificate for none.
      if (ca !== undefined) new X509Certificate(ca);
      // Naming an authority replaces the built-in ones, so they are named with it.
      return createSecureContext({
        ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
        ...client,
      });
    } catch (cause) {
      throw new LadingError('CONFIGURATION_INVALID', `Cannot use the certificates for ${host}: they cannot be read`, {
        cause,
        hint: 'Certificates and keys are PEM text; the key belongs to its certificate and has no passphrase.',
      });
    }
  };
  const own = new URL(`https://${host}`).host;
  const registry = { ...checks, secureContext: context({ cert: certificate, key }) };
  const others = ca === undefined ? checks : { ...checks, secureContext: context({}) };
  return (origin) => (origin.host === own ? registry : others);
}
