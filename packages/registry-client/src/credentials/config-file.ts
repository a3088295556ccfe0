import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LadingError, Secret } from '@lading/errors';
import type { CredentialFile } from './credential-files.ts';
import type { Credentials } from './credentials.ts';

/** A `config.json` of docker or `auth.json` of podman, as it stands in the file; members that are not known here stay in `whole`. */
export interface ConfigFile {
  readonly path: string;
  readonly auths: ReadonlyMap<string, unknown>;
  /** An empty name means: no helper for that one. */
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
  readonly whole: Readonly<Record<string, unknown>>;
}

/** Undefined when there is no such file. Throws CREDENTIALS_INVALID when it cannot be read. */
export async function readConfigFile({ path, legacy }: CredentialFile): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, code === 'EACCES' ? 'this user may not read it' : 'reading failed', cause);
  }
  // Docker takes an empty file for an empty configuration.
  const whole = text.trim() === '' ? {} : parse(path, text);
  if (legacy)
    return { path, auths: new Map(Object.entries(whole)), credHelpers: new Map(), credsStore: undefined, whole };
  // Go programs write null for an empty map.
  const { auths, credHelpers, credsStore } = whole;
  if (!isRecord(auths ?? {})) throw unreadable(path, '"auths" is not an object');
  if (!isRecord(credHelpers ?? {})) throw unreadable(path, '"credHelpers" is not an object');
  const helpers = Object.entries(credHelpers ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    path,
    auths: new Map(Object.entries(auths ?? {})),
    credHelpers: new Map(helpers),
    credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
    whole,
  };
}

/**
 * The credentials in one entry of `auths` as docker reads it; undefined when it has none, as after a login through a helper. Throws
 * CREDENTIALS_INVALID.
 */
export function dockerEntry({ path, auths }: ConfigFile, key: string): Credentials | undefined {
  const pair = textOf(auths.get(key), 'auth');
  if (pair === undefined) {
    return credentialsOf(auths.get(key), textOf(auths.get(key), 'username'), textOf(auths.get(key), 'password'));
  }
  const [username, password] = decodePair(pair) ?? [];
  if (username === undefined || username === '') {
    throw unreadable(path, `the "auth" of ${key} is not base64 of name:password`);
  }
  return credentialsOf(auths.get(key), username, password);
}

/** The same as podman reads it: only `auth`, with an identity token beside it or without; what it cannot read is none. */
export function podmanEntry({ auths }: ConfigFile, key: string): Credentials | undefined {
  const [username, password] = decodePair(textOf(auths.get(key), 'auth') ?? '') ?? [];
  const identityToken = textOf(auths.get(key), 'identitytoken');
  return username === undefined ? undefined : credentialsOf({ identitytoken: identityToken }, username, password);
}

function credentialsOf(
  entry: unknown,
  username: string | undefined,
  password: string | undefined,
): Credentials | undefined {
  const identityToken = textOf(entry, 'identitytoken');
  const registryToken = textOf(entry, 'registrytoken');
  if (!username && !password && identityToken === undefined && registryToken === undefined) return undefined;
  return {
    ...(username ? { username } : {}),
    // With a name, an empty password is one too: some registries take a token for a name.
    ...(password || username ? { password: new Secret(password ?? '') } : {}),
    ...(identityToken === undefined ? {} : { identityToken: new Secret(identityToken) }),
    ...(registryToken === undefined ? {} : { registryToken: new Secret(registryToken) }),
  };
}

/** Name and password; undefined where there is no colon. Old docker clients padded with zero bytes. */
function decodePair(pair: string): [username: string, password: string] | undefined {
  const decoded = Buffer.from(pair, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : [decoded.slice(0, colon), decoded.slice(colon + 1).replace(/^\0+|\0+$/g, '')];
}

function textOf(entry: unknown, name: string): string | undefined {
  const value = isRecord(entry) ? entry[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The entry of `auths` for credentials, as docker writes it. */
export function entryOf(credentials: Credentials): Record<string, string> {
  const { username = '', password, identityToken, registryToken } = credentials;
  const pair = `${username}:${password?.reveal() ?? ''}`;
  return {
    ...(pair === ':' ? {} : { auth: Buffer.from(pair, 'utf8').toString('base64') }),
    ...(identityToken === undefined ? {} : { identitytoken: identityToken.reveal() }),
    ...(registryToken === undefined ? {} : { registrytoken: registryToken.reveal() }),
  };
}

/**
 * Replaces the file whole or not at all, readable by its owner alone. A link stays a link: what it points to is replaced.
 * Two programs that write at the same moment are not kept apart; docker does not do that either.
 */
export async function writeConfigFile(path: string, whole: Readonly<Record<string, unknown>>): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(whole, null, '\t')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, 0o600);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new LadingError('CREDENTIALS_INVALID', `Cannot write credentials to ${path}`, {
      cause,
      hint: 'Check who owns the folder, and that the disk is not full.',
      details: { path },
    });
  }
}

function parse(path: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Without the parser's message as cause: it quotes the text, which may hold a password.
    throw unreadable(path, 'it is not JSON');
  }
  if (!isRecord(value)) throw unreadable(path, 'it is not a JSON object');
  return value;
}

function unreadable(path: string, why: string, cause?: unknown): LadingError {
  return new LadingError('CREDENTIALS_INVALID', `Cannot read credentials from ${path}: ${why}`, {
    cause,
    hint: 'Repair or remove that file.',
    details: { path },
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
