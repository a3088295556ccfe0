import { Secret } from '@lading/errors';
import { type ConfigFile, dockerEntry } from './config-file.ts';
import { dockerConfigFile } from './credential-files.ts';
import { systemHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';
import type { Lookup } from './lookup.ts';
import { dockerKey, keyOfRegistry } from './registry-key.ts';

/** Chooses an entry of `auths`. */
export type KeyRule = (keys: readonly string[], wanted: string) => string | undefined;

/**
 * What docker would use: `DOCKER_AUTH_CONFIG`, else its config.json. There a helper of that registry (`credHelpers`) or of all
 * (`credsStore`) is asked instead of `auths`; where the file says nothing about credentials, the system's keychain. `docker login`.
 */
export async function fromDocker(lookup: Lookup, keyRule: KeyRule = dockerKey): Promise<Credentials | undefined> {
  const key = keyOfRegistry(lookup.registry);
  const given = fromVariable(lookup, key);
  if (given !== undefined) return given;
  const file = await lookup.file({ path: dockerConfigFile(lookup.machine) });
  if (file !== undefined && (file.credsStore !== undefined || file.credHelpers.size > 0 || file.auths.size > 0)) {
    return fromDockerFile(lookup, file, key, keyRule);
  }
  const keychain = systemHelper(lookup.machine.env ?? process.env);
  // Nobody configured it, so a keychain that is locked or broken is one that has nothing.
  return keychain === undefined ? undefined : lookup.helper(keychain, key).catch(() => undefined);
}

/** docker's rules for one file. Where a helper is responsible, what it does not have is nowhere. */
export async function fromDockerFile(
  lookup: Lookup,
  file: ConfigFile,
  wanted: string,
  keyRule: KeyRule = dockerKey,
): Promise<Credentials | undefined> {
  const helper = file.credHelpers.get(wanted) ?? file.credsStore ?? '';
  if (helper !== '') return lookup.helper(helper, wanted);
  const key = keyRule([...file.auths.keys()], wanted);
  return key === undefined ? undefined : dockerEntry(file, key);
}

/**
 * `DOCKER_AUTH_CONFIG`: an `auths` whose entries have `auth` and nothing else, by exact key. As docker does, anything else in it makes it
 * count for nothing: other programs use that name for more.
 */
export function fromVariable(lookup: Lookup, key: string): Credentials | undefined {
  const text = lookup.variable('DOCKER_AUTH_CONFIG');
  if (text === undefined) return undefined;
  const pairs = parseVariable(text);
  const [username, password] = pairs?.get(key) ?? [];
  return username === undefined ? undefined : { username, password: new Secret(password ?? '') };
}

function parseVariable(text: string): Map<string, [username: string, password: string]> | undefined {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!hasOnly(whole, 'auths')) return undefined;
  const pairs = new Map<string, [string, string]>();
  for (const [key, entry] of Object.entries(Object(whole.auths ?? {}))) {
    if (!hasOnly(entry, 'auth') || typeof entry.auth !== 'string') return undefined;
    const [, username, password = ''] =
      /^([^:]+):(.*)$/s.exec(Buffer.from(entry.auth, 'base64').toString('utf8')) ?? [];
    if (username === undefined) return undefined;
    pairs.set(key, [username, password]);
  }
  return pairs;
}

function hasOnly(value: unknown, member: string): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && Object.keys(value).every((name) => name === member);
}
