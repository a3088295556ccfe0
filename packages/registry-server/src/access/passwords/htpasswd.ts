import { hash as digest, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { LadingError, messageOf } from '@lading/errors';
import type { AccountSource, GrantsTo } from '../account.ts';
import { passwordHashFault } from './password-hash.ts';
import type { PasswordWorkers } from './password-workers.ts';

export interface HtpasswdOptions {
  readonly path: string;
  readonly workers: PasswordWorkers;
  readonly grantsTo: GrantsTo;
  /** Told when a changed file cannot be used: the users stay those of before. */
  readonly onProblem?: ((problem: Error) => void) | undefined;
  /** How old what was read may be: 1 s. */
  readonly recheckMs?: number | undefined;
}

/** Users of a file as Apache's `htpasswd -B` writes it, read again when it changes. Throws CONFIGURATION_INVALID. */
export async function openHtpasswd(options: HtpasswdOptions): Promise<AccountSource> {
  const { path, workers, grantsTo, onProblem, recheckMs = 1000 } = options;
  let version = await versionOf(path);
  let users = parseHtpasswd(await read(path), path);
  let checkedAt = performance.now();
  let checking: Promise<void> | undefined;
  const salt = randomBytes(16).toString('base64');

  const check = async (): Promise<void> => {
    try {
      const now = await versionOf(path);
      if (now === version) return;
      users = parseHtpasswd(await read(path), path);
      version = now;
    } catch (error) {
      onProblem?.(error as Error);
    } finally {
      checkedAt = performance.now();
      checking = undefined;
    }
  };
  const hashOf = async (name: string): Promise<string | undefined> => {
    if (performance.now() - checkedAt > recheckMs) {
      checking ??= check();
      await checking;
    }
    return users.get(name);
  };
  /** Someone unknown costs what one of the users costs, and always the same: the time does not tell which names there are. */
  const decoyFor = (name: string): string => {
    const hashes = [...users.values()];
    return hashes[digest('sha256', salt + name, 'buffer').readUInt32BE() % hashes.length] ?? '';
  };
  return {
    async authenticate(name, secret) {
      const hash = await hashOf(name);
      if (users.size === 0) return 'unknown';
      const valid = await workers.verify({ hash: hash ?? decoyFor(name), password: secret });
      if (valid === 'busy') return 'busy';
      if (!valid || hash === undefined) return 'unknown';
      return { identity: { kind: 'user', name, grants: grantsTo({ kind: 'user', name }) }, stamp: stampOf(hash) };
    },
    async recall({ kind, name }, stamp) {
      if (kind !== 'user') return undefined;
      const hash = await hashOf(name);
      if (hash === undefined || stampOf(hash) !== stamp) return undefined;
      return { identity: { kind, name, grants: grantsTo({ kind, name }) }, stamp };
    },
  };
}

/** User names with their hashes. Throws CONFIGURATION_INVALID with the line. */
export function parseHtpasswd(text: string, path: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const fail = (reason: string): LadingError =>
      new LadingError('CONFIGURATION_INVALID', `Cannot use ${path}:${index + 1}: ${reason}`, {
        hint: 'A line reads NAME:HASH; `htpasswd -nB NAME` makes one.',
        details: { file: path, line: index + 1 },
      });
    const colon = line.indexOf(':');
    const [name, hash] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (colon < 1) throw fail('there is no name with a colon behind it');
    if (!/^[A-Za-z0-9][A-Za-z0-9@._+-]{0,127}$/.test(name)) throw fail(`${JSON.stringify(name)} is not a user name`);
    if (users.has(name)) throw fail(`the user ${name} is there twice`);
    const fault = passwordHashFault(hash);
    if (fault !== undefined) throw fail(`the hash of ${name} ${fault}`);
    users.set(name, hash);
  }
  return users;
}

function stampOf(hash: string): string {
  return digest('sha256', hash, 'base64url').slice(0, 22);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new LadingError('CONFIGURATION_INVALID', `Cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Differs when the file was written or replaced. Empty for a file that is not there, which `read` reports. */
async function versionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? '' : `${found.ino}-${found.size}-${found.mtimeNs}-${found.ctimeNs}`;
}
