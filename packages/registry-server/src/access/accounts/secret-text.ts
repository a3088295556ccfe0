import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '@lading/errors';

/** `ldr` is a robot's secret, `ldp` a personal token: a prefix that scanners for leaked secrets can look for. */
export type SecretKind = 'ldr' | 'ldp';

export interface MadeSecret {
  /** Finds its account; not secret. */
  readonly id: string;
  readonly hash: string;
  /** Shown once. `ldr_<id>_<256 random bits>` */
  readonly text: Secret;
}

export function makeSecret(kind: SecretKind): MadeSecret {
  const id = randomBytes(9).toString('hex');
  const text = `${kind}_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, hash: hashSecret(text), text: new Secret(text) };
}

/** The id in a text that looks like such a secret. */
export function secretId(kind: SecretKind, text: string): string | undefined {
  return /^(ldr|ldp)_([0-9a-f]{18})_[A-Za-z0-9_-]{43}$/.exec(text)?.[1] === kind ? text.slice(4, 22) : undefined;
}

/** Whether the text is the one with this hash. One round of SHA-256: nobody guesses 256 random bits. */
export function isSecret(text: string, expected: string): boolean {
  const [a, b] = [Buffer.from(hashSecret(text)), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function hashSecret(text: string): string {
  return `sha256:${hash('sha256', text, 'hex')}`;
}
