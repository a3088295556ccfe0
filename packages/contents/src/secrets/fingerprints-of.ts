import { fingerprintOf } from './fingerprint.ts';
import { allSecretRules } from './rules/all-rules.ts';

/**
 * Every fingerprint that a scan may have given to a secret, one for each rule: which of them found it nobody knows. Bytes as latin1, as
 * scanners read files.
 */
export function fingerprintsOf(secret: Uint8Array): readonly string[] {
  const text = Buffer.from(secret).toString('latin1');
  return allSecretRules.map(({ id }) => fingerprintOf(id, text));
}
