import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import type { Base, Builder, Missing } from '../builder.ts';
import { startDaemon } from '../daemon.ts';
import { succeed } from '../succeed.ts';

/** BuildKit's own daemon on a private socket. It makes images in its store, as its clients do before they push. */
export async function startBuildkit(folder: string): Promise<Builder | Missing> {
  const name = 'buildkit';
  const [program, client] = [findProgram('buildkitd'), findProgram('buildctl')];
  if (program === undefined || client === undefined || findProgram('runc') === undefined)
    return { name, missing: 'buildkitd, buildctl and runc (scripts/peers/install-buildkit.sh builds the first two)' };
  const root = join(folder, name);
  await mkdir(root);
  const address = `unix://${join(root, 'socket')}`;
  const daemon = await startDaemon(
    [program, '--root', join(root, 'root'), '--addr', address, '--oci-worker-net=host', '--containerd-worker=false'],
    async () => (await runProgram(client, ['--addr', address, 'debug', 'workers'])).code === 0,
  );
  if (daemon === undefined) return { name, missing: 'rights: buildkitd does not start here, it needs root' };
  const prune = (...args: string[]): Promise<void> => succeed(client, ['--addr', address, 'prune', ...args]);
  const contextOf = ({ name, layout, digest }: Base): string[] => [
    ...['--oci-layout', `base=${layout}`, '--opt', `context:${name}=oci-layout://base@${digest}`],
  ];
  const version = /v\d[\d.]+/.exec((await runProgram(program, ['--version'])).stdout)?.[0] ?? '';
  return {
    name,
    version,
    take: async () => {}, // a build reads the layout and keeps what it found there
    build: ({ context, base, noCache = false, archive }) =>
      daemon.measure(
        [
          ...([client, '--addr', address, 'build', '--frontend', 'dockerfile.v0', ...contextOf(base)] as const),
          ...['--local', `context=${context}`, '--local', `dockerfile=${context}`, ...(noCache ? ['--no-cache'] : [])],
          '--output',
          archive === undefined ? 'type=image,name=bench.example.org/built' : `type=oci,dest=${archive}`,
        ],
        { folder },
      ),
    forgetContexts: () => prune('--filter', 'type==source.local'),
    clean: () => prune('--filter', 'type==regular'),
    stop: () => daemon.stop(),
  };
}
