import { readFile } from 'node:fs/promises';
import { parseClearsigned } from '@lading/distro';
import { LadingError, messageOf } from '@lading/errors';
import type { CleartextMessage, PublicKey } from 'openpgp';

/**
 * The text of an InRelease file, once a key of the keyrings is found to have signed it. At least one signature must be by such a
 * key and good, and none by such a key may be bad; signatures by other keys do not count, as apt has it.
 * Throws MIRROR_UNTRUSTED, which names `url`, what was found and what to do.
 */
export async function verifyClearsigned(input: string, keyrings: readonly string[], url: string): Promise<string> {
  const untrusted = (fault: string, hint: string, cause?: unknown): LadingError =>
    new LadingError('MIRROR_UNTRUSTED', `Cannot trust ${url}: ${fault}`, {
      hint,
      cause,
      details: { url, keyrings: names(keyrings) },
    });
  const damaged = 'Something between here and the archive changes files; try another network or mirror.';
  try {
    // What openpgp does not mind, such as text around the message, is refused here.
    parseClearsigned(input);
  } catch (cause) {
    throw untrusted(messageOf(cause).replace(/^.*?: /, ''), damaged, cause);
  }
  // 200 ms, which only builds from a recipe without a lock pay for.
  const openpgp = await import('openpgp');
  const keys: PublicKey[] = [];
  for (const keyring of keyrings) keys.push(...(await readKeyring(openpgp, keyring)));
  let message: CleartextMessage;
  try {
    message = await openpgp.readCleartextMessage({ cleartextMessage: input });
  } catch (cause) {
    throw untrusted(`its signature cannot be read: ${messageOf(cause)}`, damaged, cause);
  }
  const result = await openpgp.verify({ message, verificationKeys: keys, format: 'utf8' });
  const known = new Set(keys.flatMap((key) => key.getKeys().map((one) => one.getKeyID().toHex())));
  let good = 0;
  const faults: string[] = [];
  const foreign: string[] = [];
  for (const signature of result.signatures) {
    const id = signature.keyID.toHex();
    if (!known.has(id)) {
      foreign.push(id.toUpperCase());
      continue;
    }
    try {
      await signature.verified;
      good++;
    } catch (error) {
      faults.push(`${id.toUpperCase()}: ${messageOf(error)}`);
    }
  }
  if (faults.length > 0) throw untrusted(`its signature is not good (${faults.join('; ')})`, damaged);
  if (good === 0) {
    throw untrusted(
      `none of its signing keys (${foreign.join(', ') || 'none'}) is in ${names(keyrings).join(', ')}`,
      'If the archive is what you expect, name its keyring with "keyring:", or install the newest debian-archive-keyring.',
    );
  }
  return result.data;
}

function names(keyrings: readonly string[]): string[] {
  return keyrings.map((keyring) => (isArmored(keyring) ? 'the key in the apt source' : keyring));
}

function isArmored(text: string): boolean {
  return text.includes('-----BEGIN PGP');
}

async function readKeyring(openpgp: typeof import('openpgp'), keyring: string): Promise<PublicKey[]> {
  try {
    if (isArmored(keyring)) return await openpgp.readKeys({ armoredKeys: keyring });
    const data = await readFile(keyring);
    if (isArmored(data.subarray(0, 1024).toString('latin1')))
      return await openpgp.readKeys({ armoredKeys: data.toString() });
    return await openpgp.readKeys({ binaryKeys: data });
  } catch (cause) {
    throw new LadingError('MIRROR_UNTRUSTED', `Cannot use keyring ${names([keyring])[0]}: ${messageOf(cause)}`, {
      hint: 'Install the package debian-archive-keyring, or name a keyring file with "keyring:".',
      cause,
    });
  }
}
