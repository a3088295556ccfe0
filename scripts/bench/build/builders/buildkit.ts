import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { baseArguments, startBuildkitd } from '../../../peers/buildkitd.ts';
import type { Builder, Missing } from '../builder.ts';
import { measureClient } from '../measure-client.ts';
import { succeed } from '../succeed.ts';

/** BuildKit's own daemon. It makes images in its store, as its clients do before they push. */
export async function startBuildkit(folder: string): Promise<Builder | Missing> {
  const name = 'buildkit';
  const root = join(folder, name);
  await mkdir(root);
  const started = await startBuildkitd(root);
  if (typeof started === 'string') return { name, missing: started };
  const { daemon, client } = started;
  const [program, ...toDaemon] = client;
  const prune = (...args: string[]): Promise<void> => succeed(program, [...toDaemon, 'prune', ...args]);
  return {
    name,
    version: /v\d[\d.]+/.exec(started.version)?.[0] ?? '',
    take: async () => {}, // a build reads the layout and keeps what it found there
    build: ({ context, base, noCache = false, archive }) =>
      measureClient(
        daemon,
        [
          ...([...client, 'build', '--frontend', 'dockerfile.v0', ...baseArguments(base)] as const),
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
