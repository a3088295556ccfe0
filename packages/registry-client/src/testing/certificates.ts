import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** PEM texts. */
export interface Certificates {
  readonly authority: string;
  /** For 127.0.0.1, localhost and registry.test. */
  readonly server: Pair;
  readonly client: Pair;
}

/** An authority and what it issued. Undefined after skipping the test because openssl is not installed. */
export async function certificates(t: TestContext): Promise<Certificates | undefined> {
  const openssl = findProgram('openssl');
  if (!skipUnless(t, openssl !== undefined, 'the program openssl')) return undefined;
  const folder = await temporaryFolder(t);
  const issue = async (name: string, ...more: string[]): Promise<Pair> => {
    const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
    const made = await runProgram(openssl ?? '', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', key, '-out', certificate, ...more],
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
  };
  const authority = await issue('authority');
  const by = ['-CA', join(folder, 'authority.crt'), '-CAkey', join(folder, 'authority.key')];
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE', ...by];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:registry.test';
  return {
    authority: authority.certificate,
    server: await issue('server', '-addext', names, ...leaf),
    client: await issue('client', ...leaf),
  };
}
