import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import { alpineName } from '../../../tests/dockerfiles/workshop.ts';
import type { BaseLayout } from './base-layout.ts';
import { type SharedOptions, sharedOptions } from './options.ts';
import { describeArchive, type Peer } from './peer.ts';

/** buildah with a storage of its own; text says what is missing for it. */
export async function startBuildah({ layout }: BaseLayout): Promise<Peer | string> {
  const program = findProgram('buildah');
  if (program === undefined) return 'buildah is not installed';
  const folder = await mkdtemp(join(tmpdir(), 'lading-buildah-'));
  const ask = (cwd: string, ...args: string[]): ReturnType<typeof runProgram> =>
    runProgram(
      program,
      ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver=vfs', ...args],
      {
        cwd,
        timeoutMs: 120_000,
      },
    );
  const stop = async (): Promise<void> => {
    await ask(folder, 'rmi', '--all', '--force');
    await rm(folder, { recursive: true, force: true });
  };
  const loaded = await ask(folder, 'pull', `oci:${layout}:latest`);
  if (loaded.code !== 0) {
    await stop();
    return `buildah cannot take the base image: ${loaded.stderr.trim()}`;
  }
  await ask(folder, 'tag', loaded.stdout.trim(), `docker.io/library/${alpineName}`);
  const version = (await runProgram(program, ['--version'])).stdout.trim();
  return {
    name: 'buildah',
    version,
    stop,
    async build(one, context, alpine) {
      const options = sharedOptions(one);
      if (options === undefined) return undefined;
      const archive = join(folder, 'built.tar');
      const outcome = await ask(
        context,
        ...['bud', '--layers=false', '--pull=never', '--isolation=chroot', '--format=docker', '--identity-label=false'],
        ...argumentsOf(options),
        ...['--tag', 'case', '.'],
      );
      if (outcome.code !== 0) return { ok: false, log: outcome.stderr };
      // Of the formats it writes this one alone holds health checks and the like.
      const pushed = await ask(folder, 'push', 'case', `docker-archive:${archive}`);
      if (pushed.code !== 0) throw new Error(pushed.stderr);
      try {
        return { ok: true, ...(await describeArchive(archive, alpine)) };
      } finally {
        await rm(archive);
      }
    },
  };
}

function argumentsOf(options: SharedOptions): string[] {
  const each = (name: string, values: readonly (string | undefined)[]): string[] =>
    values.flatMap((value) => (value === undefined ? [] : [name, value]));
  return [
    ...each('--file', [options.file]),
    ...each('--target', [options.target]),
    ...each('--platform', [options.platform]),
    ...each('--network', [options.network]),
    ...each('--build-arg', options.buildArgs),
    ...each('--label', options.labels),
    ...each('--add-host', options.addHosts),
    ...each('--secret', options.secrets),
    ...each('--build-context', options.contexts),
  ];
}
