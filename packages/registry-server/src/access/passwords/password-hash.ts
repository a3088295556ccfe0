import { argon2Sync, timingSafeEqual } from 'node:crypto';
import { compareSync } from 'bcryptjs';

/** Whether a text is a hash that `verifyPassword` knows, and will not take minutes or gigabytes: what is wrong with it, or undefined. */
export function passwordHashFault(hash: string): string | undefined {
  const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1];
  if (cost !== undefined) return Number(cost) <= 16 ? undefined : 'is a bcrypt hash of a cost above 16';
  const argon2 = parseArgon2(hash);
  if (argon2 === undefined) return 'is neither a bcrypt hash ($2y$…) nor an argon2id one ($argon2id$v=19$…)';
  const { memory, passes, parallelism } = argon2;
  const sane = memory >= 8 * parallelism && memory <= 1 << 20 && passes >= 1 && passes <= 64 && parallelism >= 1;
  return sane && parallelism <= 64
    ? undefined
    : 'is an argon2id hash with parameters out of bounds (at most 1 GiB, 64 passes)';
}

/** Takes as long as the hash says, on the calling thread. */
export function verifyPassword(hash: string, password: string): boolean {
  if (hash.startsWith('$2')) return compareSync(password, hash);
  const argon2 = parseArgon2(hash);
  if (argon2 === undefined) return false;
  const { tag, ...parameters } = argon2;
  return timingSafeEqual(argon2Sync('argon2id', { ...parameters, message: password, tagLength: tag.length }), tag);
}

interface Argon2 {
  /** KiB */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly nonce: Buffer;
  readonly tag: Buffer;
}

/** The PHC string of argon2id, version 1.3 (RFC 9106). */
function parseArgon2(hash: string): Argon2 | undefined {
  const match =
    /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{16,88})$/.exec(
      hash,
    );
  if (match === null) return undefined;
  const [, memory, passes, parallelism, nonce = '', tag = ''] = match;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}
