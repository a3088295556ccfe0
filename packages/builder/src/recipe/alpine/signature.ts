import { type KeyObject, verify } from 'node:crypto';
import { collect, fromBuffer } from '@lading/bytes';
import type { AlpineIndexArchive } from '@lading/distro';
import { LadingError } from '@lading/errors';
import { readTar } from '@lading/tar';

/** Hashes by what stands in the name of a signature. apk-v2(5). */
const hashes: Readonly<Record<string, string>> = { RSA: 'sha1', RSA256: 'sha256', RSA512: 'sha512' };

const MAX_SIGNATURE_BYTES = 64 << 10;

/**
 * Returns when a key is found to have signed the index: at least one signature must be by one of the keys and good, and none by one
 * of them may be bad. Throws MIRROR_UNTRUSTED, which names `url` and what was found.
 */
export async function verifyAlpineIndex(
  { signature, signed }: AlpineIndexArchive,
  keys: ReadonlyMap<string, KeyObject>,
  url: string,
): Promise<void> {
  const untrusted = (fault: string, hint: string): LadingError =>
    new LadingError('MIRROR_UNTRUSTED', `Cannot trust ${url}: ${fault}`, {
      hint,
      details: { url, keys: [...keys.keys()] },
    });
  const foreign: string[] = [];
  let good = 0;
  for await (const { path, content } of readTar(fromBuffer(signature ?? Buffer.alloc(0)))) {
    const [, algorithm = '', name = ''] = /^\.SIGN\.([A-Z0-9]+)\.(.+)$/.exec(path) ?? [];
    const hash = hashes[algorithm];
    const key = keys.get(name);
    if (hash === undefined || key === undefined) {
      foreign.push(name || path);
      continue;
    }
    const bytes = await collect(content, { maxBytes: MAX_SIGNATURE_BYTES, what: 'a signature' });
    if (!verify(hash, signed, key, bytes)) {
      throw untrusted(
        `its signature by ${name} is not good`,
        'Something between here and the repository changes files; try another network or mirror.',
      );
    }
    good++;
  }
  if (good > 0) return;
  throw untrusted(
    foreign.length === 0 ? 'it is not signed' : `none of the keys that signed it (${foreign.join(', ')}) is known`,
    'If the repository is what you expect, name the folder of its keys with "keyring:".',
  );
}
