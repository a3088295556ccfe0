import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configHome, homeFolder, type Machine, systemPath, variable } from '../configuration/machine.ts';

/** A file of credentials; the `legacy` one of old docker is what `auths` holds today, and nothing else. */
export interface CredentialFile {
  readonly path: string;
  readonly legacy?: true;
}

/** docker's own: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigFile(machine: Machine): string {
  return join(variable(machine, 'DOCKER_CONFIG') ?? join(homeFolder(machine), '.docker'), 'config.json');
}

/** podman's, in its order, whether they exist or not: what `podman login` writes, the user's, docker's two. containers-auth.json(5). */
export function podmanFiles(machine: Machine): CredentialFile[] {
  return [
    ...primaryFile(machine),
    { path: join(configHome(machine), 'containers', 'auth.json') },
    { path: dockerConfigFile(machine) },
    { path: join(homeFolder(machine), '.dockercfg'), legacy: true },
  ];
}

/** The file that `REGISTRY_AUTH_FILE` names, or none: podman reads it instead of its own. */
export function namedFile(machine: Machine): CredentialFile[] {
  const path = variable(machine, 'REGISTRY_AUTH_FILE');
  return path === undefined ? [] : [{ path }];
}

/** The one file that crane reads: docker's, else what `REGISTRY_AUTH_FILE` names, else one of podman's two. */
export function craneFile(machine: Machine): CredentialFile | undefined {
  const docker = dockerConfigFile(machine);
  // A file in the home folder makes crane use docker's configuration, even where DOCKER_CONFIG then names an empty folder.
  if (isFile(join(homeFolder(machine), '.docker', 'config.json')) || isFile(docker)) return { path: docker };
  const named = variable(machine, 'REGISTRY_AUTH_FILE');
  const runtime = variable(machine, 'XDG_RUNTIME_DIR');
  const others = [
    named,
    runtime === undefined ? undefined : join(runtime, 'containers', 'auth.json'),
    join(configHome(machine), 'containers', 'auth.json'),
  ];
  const path = others.find((each) => each !== undefined && isFile(each));
  return path === undefined ? undefined : { path };
}

/** Where `podman login` writes. A runtime folder that does not exist has none. */
function primaryFile(machine: Machine): CredentialFile[] {
  if (process.platform !== 'linux') return [{ path: join(homeFolder(machine), '.config', 'containers', 'auth.json') }];
  const runtime = variable(machine, 'XDG_RUNTIME_DIR');
  if (runtime === undefined) {
    return [{ path: systemPath(machine, `/run/containers/${process.getuid?.() ?? 0}/auth.json`) }];
  }
  return existsSync(runtime) ? [{ path: join(runtime, 'containers', 'auth.json') }] : [];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}
