import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import { measureProcess } from '../../measured-process.ts';
import type { BuildCost, Builder, Missing } from '../builder.ts';
import { succeed } from '../succeed.ts';

/** buildah with a storage of its own, on overlay as it is installed. It keeps layers unpacked and compresses them when it pushes. */
export async function startBuildah(folder: string): Promise<Builder | Missing> {
  const name = 'buildah';
  const program = findProgram(name);
  if (program === undefined) return { name, missing: name };
  const storage = [
    '--root',
    join(folder, name, 'root'),
    '--runroot',
    join(folder, name, 'run'),
    '--storage-driver=overlay',
  ];
  const usable = await runProgram(program, [...storage, 'images']);
  if (usable.code !== 0) return { name, missing: `a storage on overlay: ${usable.stderr.trim()}` };
  const version = /[\d.]+/.exec((await runProgram(program, ['--version'])).stdout)?.[0] ?? 'unknown';
  const built = 'bench.example.org/built';
  // crun, its first choice, refuses to work in containers and on machines with both kinds of cgroups.
  const runc = findProgram('runc');
  const runtime = runc === undefined ? [] : [`--runtime=${runc}`];
  return {
    name,
    version,
    async take(base) {
      await succeed(program, [...storage, 'pull', `oci-archive:${base.ociArchive}`]);
    },
    async build({ context, noCache = false, archive }) {
      const options = [...runtime, '--layers', '--pull=never', '--network=host', ...(noCache ? ['--no-cache'] : [])];
      const run = (...args: string[]): Promise<BuildCost> => measureProcess([program, ...storage, ...args], { folder });
      const cost = await run('bud', ...options, '-t', built, context);
      return archive === undefined ? cost : both(cost, await run('push', built, `oci-archive:${archive}`));
    },
    forgetContexts: async () => {},
    async clean() {
      await runProgram(program, [...storage, 'rmi', '--force', built], { timeoutMs: 600_000 });
      await succeed(program, [...storage, 'rmi', '--prune', '--force']);
    },
    stop: () => succeed(program, [...storage, 'rmi', '--all', '--force']),
  };
}

/** One after the other. */
function both(first: BuildCost, second: BuildCost): BuildCost {
  const peaks = [first, second].flatMap(({ peakBytes }) => peakBytes ?? []);
  const cpus = [first, second].flatMap(({ cpuMs }) => cpuMs ?? []);
  return {
    wallMs: first.wallMs + second.wallMs,
    ...(cpus.length === 0 ? {} : { cpuMs: cpus.reduce((sum, each) => sum + each, 0) }),
    ...(peaks.length === 0 ? {} : { peakBytes: Math.max(...peaks) }),
  };
}
