import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import type { TlsOptions } from '../tls.ts';
import { configHome, homeFolder, type Machine, systemPath } from './machine.ts';

/**
 * The certificates that this machine has for a registry, from the first of these folders that there is for its `host[:port]`: podman's of the
 * user and of the system, docker's of the user and of the system. Empty where there is none. Throws CONFIGURATION_INVALID.
 * containers-certs.d(5).
 */
export async function loadCertificates(registry: string, machine: Machine = {}): Promise<TlsOptions> {
  const home = homeFolder(machine);
  const folders = [
    join(home, '.config', 'containers', 'certs.d'),
    systemPath(machine, '/etc/containers/certs.d'),
    join(configHome(machine), 'docker', 'certs.d'),
    join(home, '.docker', 'certs.d'),
    systemPath(machine, '/etc/docker/certs.d'),
  ];
  for (const folder of folders) {
    const found = await readCertificates(join(folder, registry));
    if (found !== undefined) return found;
  }
  return {};
}

/**
 * What lies in one folder: `*.crt` are authorities, `NAME.cert` with `NAME.key` the client's own pair, the first where there are several.
 * Undefined when this user can see no such folder. Throws CONFIGURATION_INVALID.
 */
export async function readCertificates(folder: string): Promise<TlsOptions | undefined> {
  const names = await namesIn(folder);
  if (names === undefined) return undefined;
  const lone = names.find((name) => isPart(name) && !names.includes(otherHalf(name)));
  if (lone !== undefined) throw invalid(folder, `${lone} is there without ${otherHalf(lone)}`);
  const read = (name: string): Promise<string> =>
    readFile(join(folder, name), 'utf8').catch((cause) => {
      throw invalid(folder, `${name} cannot be read`, cause);
    });
  const authorities = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
  const certificate = names.find((name) => name.endsWith('.cert'));
  return {
    ...(authorities.length === 0 ? {} : { ca: authorities.join('\n') }),
    ...(certificate === undefined
      ? {}
      : { certificate: await read(certificate), key: await read(otherHalf(certificate)) }),
  };
}

function isPart(name: string): boolean {
  return name.endsWith('.cert') || name.endsWith('.key');
}

function otherHalf(name: string): string {
  return name.endsWith('.key') ? name.replace(/key$/, 'cert') : name.replace(/cert$/, 'key');
}

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // What only another user may see is for that user.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw invalid(folder, 'reading failed', cause);
  }
}

function invalid(folder: string, why: string, cause?: unknown): LadingError {
  return new LadingError('CONFIGURATION_INVALID', `Cannot read certificates from ${folder}: ${why}`, {
    cause,
    hint: 'An authority is NAME.crt; the client certificate is NAME.cert, beside its NAME.key.',
    details: { folder },
  });
}
