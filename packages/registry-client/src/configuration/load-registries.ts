import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import { homeFolder, type Machine, systemPath, variable } from './machine.ts';
import { parseRegistries, type RegistriesFile } from './parse-registries.ts';
import type { RegistriesConfiguration, RegistryRule } from './registry-rule.ts';

/**
 * What this machine says about registries: `$CONTAINERS_REGISTRIES_CONF`, else the user's registries.conf, else the system's; then the
 * `registries.conf.d` of both, or of the user alone where the user has a registries.conf. A later file replaces what an earlier one said of
 * the same prefix. Throws CONFIGURATION_INVALID. containers-registries.conf(5), containers-registries.conf.d(5).
 */
export async function loadRegistries(machine: Machine = {}): Promise<RegistriesConfiguration> {
  const rules = new Map<string, RegistryRule>();
  let credentialHelpers: readonly string[] = [];
  for await (const file of filesOf(machine)) {
    for (const rule of file.rules) rules.set(rule.prefix, rule);
    credentialHelpers = file.credentialHelpers ?? credentialHelpers;
  }
  return { rules: [...rules.values()], credentialHelpers };
}

async function* filesOf(machine: Machine): AsyncGenerator<RegistriesFile, void, undefined> {
  const user = join(homeFolder(machine), '.config', 'containers');
  const system = systemPath(machine, '/etc/containers');
  const named = variable(machine, 'CONTAINERS_REGISTRIES_CONF') ?? variable(machine, 'REGISTRIES_CONFIG_PATH');
  const usersOwn = named === undefined && existsSync(join(user, 'registries.conf'));
  const path = named ?? join(usersOwn ? user : system, 'registries.conf');
  const text = await textOf(path, named !== undefined);
  if (text !== undefined) yield await parseRegistries(text, path, { version1: true });
  for (const folder of usersOwn ? [user] : [system, user]) {
    for (const dropIn of await dropIns(join(folder, 'registries.conf.d'))) {
      const content = await textOf(dropIn, false);
      if (content !== undefined) yield await parseRegistries(content, dropIn);
    }
  }
}

async function dropIns(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.conf'))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((name) => join(folder, name));
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw unreadable(folder, cause);
  }
}

/** Undefined for a file that is not there and need not be. */
async function textOf(path: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (!required && isAbsent(cause)) return undefined;
    throw unreadable(path, cause);
  }
}

function isAbsent(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}

function unreadable(path: string, cause: unknown): LadingError {
  const { code } = cause as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT' ? 'it is not there' : code === 'EACCES' ? 'this user may not read it' : 'reading failed';
  return new LadingError('CONFIGURATION_INVALID', `Cannot read configuration from ${path}: ${why}`, {
    cause,
    hint: 'Look at CONTAINERS_REGISTRIES_CONF and at who owns the file.',
    details: { path },
  });
}
