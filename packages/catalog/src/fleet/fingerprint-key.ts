import { createHmac, randomBytes } from 'node:crypto';
import type { Statements } from '../database/database.ts';

/** What secrets are kept as: fingerprints of them under a key that this registry alone has. */
export type KeyFingerprint = (fingerprint: string) => string;

/** HMAC-SHA-256 under the registry's key; `make` makes one where there is none yet. Undefined where there is none. */
export async function fingerprintKey(
  statements: Pick<Statements, 'get' | 'run'>,
  make?: 'make',
): Promise<KeyFingerprint | undefined> {
  const row = await statements.get('SELECT fingerprint_key FROM fleet_keys');
  let key = row?.fingerprint_key;
  if (key === undefined) {
    if (make === undefined) return undefined;
    key = randomBytes(32).toString('base64url');
    await statements.run('INSERT INTO fleet_keys (fingerprint_key) VALUES (?)', key);
  }
  const bytes = Buffer.from(String(key), 'base64url');
  return (fingerprint) => createHmac('sha256', bytes).update(fingerprint, 'latin1').digest('base64url');
}
