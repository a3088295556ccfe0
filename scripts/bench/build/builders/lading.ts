import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '@lading/testkit';
import { measureProcess } from '../../measured-process.ts';
import type { Builder } from '../builder.ts';
import { succeed } from '../succeed.ts';

/** Ours, as it is published. Without a daemon. */
export async function startLading(program: string, folder: string): Promise<Builder> {
  const home = join(folder, 'lading');
  await mkdir(home);
  const root = ['--root', home] as const;
  const version = (await runProgram(program, ['--version'])).stdout.trim();
  return {
    name: 'lading',
    version,
    take: (base) => succeed(program, ['load', ...root, '-i', base.ociArchive, '--name', base.name]),
    build({ context, noCache = false, archive }) {
      const options = ['--network=host', '-t', 'bench.example.org/built', ...(noCache ? ['--no-cache'] : [])];
      const output = archive === undefined ? [] : ['--load', '-o', `type=oci,dest=${archive}`];
      return measureProcess([program, 'build', ...root, ...options, ...output, context], { folder });
    },
    forgetContexts: () => rm(join(home, 'cache/contexts'), { recursive: true, force: true }),
    clean: () => succeed(program, ['gc', ...root, '--cache-max-age=0s', '--undo-window=0s', '--grace=0s']),
    stop: async () => {},
  };
}
