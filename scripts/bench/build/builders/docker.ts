import { access, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import { startDaemon } from '../../../peers/daemon.ts';
import type { Builder, Missing } from '../builder.ts';
import { measureClient } from '../measure-client.ts';
import { succeed } from '../succeed.ts';

/** Docker's daemon with the BuildKit that is in it, on a private socket. It keeps layers unpacked and never compresses them. */
export async function startDocker(folder: string): Promise<Builder | Missing> {
  const name = 'docker';
  const program = findProgram('dockerd');
  const client = program === undefined ? undefined : await clientOf(program);
  if (program === undefined || client === undefined) return { name, missing: 'dockerd and docker' };
  const root = join(folder, name);
  await mkdir(root);
  const host = `unix://${join(root, 'socket')}`;
  const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '-p', join(root, 'pid')];
  // A client of ours has none of the user's settings.
  const env = { DOCKER_BUILDKIT: '1', DOCKER_CONFIG: root };
  const daemon = await startDaemon(
    [program, ...places, '-H', host, '--bridge=none', '--iptables=false', '--ip6tables=false'],
    async () => (await runProgram(client, ['-H', host, 'info'])).code === 0,
    env,
  );
  if (daemon === undefined) return { name, missing: 'rights: dockerd does not start here, it needs root' };
  const version = /[\d.]+/.exec((await runProgram(program, ['--version'])).stdout)?.[0] ?? 'unknown';
  return {
    name,
    version,
    take: (base) => succeed(client, ['-H', host, 'load', '-i', base.dockerArchive]),
    async build({ context, noCache = false, archive }) {
      if (archive !== undefined) return undefined;
      const options = ['--network=host', '-t', 'bench.example.org/built', ...(noCache ? ['--no-cache'] : [])];
      return measureClient(daemon, [client, '-H', host, 'build', ...options, context], { folder, env });
    },
    forgetContexts: () => succeed(client, ['-H', host, 'builder', 'prune', '-af', '--filter', 'type=source.local']),
    clean: () => succeed(client, ['-H', host, 'builder', 'prune', '-af']),
    stop: () => daemon.stop(),
  };
}

/** The client of the same installation: later ones need a plug-in to build. */
async function clientOf(daemon: string): Promise<string | undefined> {
  for (const folder of [dirname(daemon), join(dirname(daemon), '../bin')]) {
    const path = join(folder, 'docker');
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return findProgram('docker');
}
