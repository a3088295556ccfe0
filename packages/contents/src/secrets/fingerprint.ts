import { createHash } from 'node:crypto';

/**
 * What tells that two places hold the same secret: SHA-256 of the rule, a zero byte and the secret, in hexadecimal. White space does not
 * count, nor its escapes: a key in PEM is the same key in a member of JSON.
 */
export function fingerprintOf(rule: string, secret: string): string {
  const essence = secret.replace(/\s|\\[nrt]/g, '');
  return createHash('sha256').update(`${rule}\0`).update(essence, 'latin1').digest('hex');
}
