import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';

/** Paths of PEM files. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority in a folder, and what it issues there for 127.0.0.1. Undefined where openssl is not installed. */
export async function openAuthority(
  folder: string,
): Promise<{ readonly certificate: string; issue(name: string): Promise<IssuedCertificate> } | undefined> {
  const openssl = findProgram('openssl');
  if (openssl === undefined) return undefined;
  const request = async (name: string, ...more: string[]): Promise<IssuedCertificate> => {
    const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
    const made = await runProgram(openssl, [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', key, '-out', certificate, ...more],
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
    return { certificate, key };
  };
  const { certificate, key } = await request('authority');
  const leaf = ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'];
  return { certificate, issue: (name) => request(name, ...leaf, '-CA', certificate, '-CAkey', key) };
}
