import { homedir } from 'node:os';
import { join } from 'node:path';

/** docker's own file: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigFile(env: NodeJS.ProcessEnv = process.env): string {
  const folder = env.DOCKER_CONFIG;
  return folder === undefined || folder === ''
    ? join(home(env), '.docker', 'config.json')
    : join(folder, 'config.json');
}

/** The files in which credentials are looked for, in this order: docker's, then those of podman, buildah and skopeo. */
export function credentialFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  const named = env.REGISTRY_AUTH_FILE;
  const runtime = env.XDG_RUNTIME_DIR;
  const config = env.XDG_CONFIG_HOME;
  const files = [
    dockerConfigFile(env),
    named,
    runtime === undefined || runtime === '' ? undefined : join(runtime, 'containers', 'auth.json'),
    join(config === undefined || config === '' ? join(home(env), '.config') : config, 'containers', 'auth.json'),
  ];
  return [...new Set(files.filter((file) => file !== undefined && file !== ''))] as string[];
}

function home(env: NodeJS.ProcessEnv): string {
  return env.HOME === undefined || env.HOME === '' ? homedir() : env.HOME;
}
