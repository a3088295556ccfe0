import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import { type Daemon, startDaemon } from './daemon.ts';

/** BuildKit's own daemon on a private socket, and how it is asked. */
export interface Buildkitd {
  readonly daemon: Daemon;
  /** As the program says it. */
  readonly version: string;
  /** The program of the client, and what stands before its command. */
  readonly client: readonly [string, ...string[]];
}

/** Keeps all in a folder; text says what it lacks. */
export async function startBuildkitd(folder: string): Promise<Buildkitd | string> {
  const [program, client] = [findProgram('buildkitd'), findProgram('buildctl')];
  if (program === undefined || client === undefined || findProgram('runc') === undefined)
    return 'buildkitd, buildctl and runc (scripts/peers/install-buildkit.sh builds the first two)';
  const address = `unix://${join(folder, 'socket')}`;
  const daemon = await startDaemon(
    [program, '--root', join(folder, 'root'), '--addr', address, '--oci-worker-net=host', '--containerd-worker=false'],
    async () => (await runProgram(client, ['--addr', address, 'debug', 'workers'])).code === 0,
  );
  if (daemon === undefined) return 'rights: buildkitd does not start here, it needs root';
  const version = (await runProgram(program, ['--version'])).stdout.trim();
  return { daemon, version, client: [client, '--addr', address] };
}

/** What a build is told so that FROM finds an image of an OCI layout by a name. */
export function baseArguments(base: {
  readonly name: string;
  readonly layout: string;
  readonly digest: string;
}): string[] {
  return ['--oci-layout', `base=${base.layout}`, '--opt', `context:${base.name}=oci-layout://base@${base.digest}`];
}
