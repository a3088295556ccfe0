import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram, runProgram } from '@lading/testkit';
import { alpineName } from '../../../tests/dockerfiles/workshop.ts';
import type { BaseLayout } from './base-layout.ts';
import { type SharedOptions, sharedOptions } from './options.ts';
import { describeArchive, type Peer } from './peer.ts';

/** BuildKit's own daemon on a private socket; text says what is missing for it. */
export async function startBuildkit({ layout, digest }: BaseLayout): Promise<Peer | string> {
  const [daemon, client] = [findProgram('buildkitd'), findProgram('buildctl')];
  if (daemon === undefined || client === undefined || findProgram('runc') === undefined)
    return 'buildkitd, buildctl and runc are not all here (scripts/peers/install-buildkit.sh builds the first two)';
  const folder = await mkdtemp(join(tmpdir(), 'lading-buildkit-'));
  const address = `unix://${join(folder, 'socket')}`;
  const child = spawn(
    daemon,
    ['--root', join(folder, 'root'), '--addr', address, '--oci-worker-net=host', '--containerd-worker=false'],
    { stdio: 'ignore' },
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  const ask = (...args: string[]): ReturnType<typeof runProgram> =>
    runProgram(client, ['--addr', address, ...args], { timeoutMs: 120_000 });
  for (let left = 100; (await ask('debug', 'workers')).code !== 0; left -= 1) {
    if (left === 0 || child.exitCode !== null) {
      await stop();
      return 'buildkitd does not start here: it needs root';
    }
    await delay(100);
  }
  const version = (await runProgram(daemon, ['--version'])).stdout.trim();
  let built = 0;
  return {
    name: 'buildkit',
    version,
    stop,
    async build(one, context, alpine) {
      const options = sharedOptions(one);
      if (options === undefined) return undefined;
      built += 1;
      const archive = join(folder, `${built}.tar`);
      const { code, stderr } = await ask(
        ...['build', '--frontend', 'dockerfile.v0', '--output', `type=oci,dest=${archive}`],
        ...['--oci-layout', `base=${layout}`, '--opt', `context:${alpineName}=oci-layout://base@${digest}`],
        ...argumentsOf(options, context),
      );
      if (code !== 0) return { ok: false, log: stderr };
      try {
        return { ok: true, ...(await describeArchive(archive, alpine)) };
      } finally {
        await rm(archive);
      }
    },
  };
}

function argumentsOf(options: SharedOptions, context: string): string[] {
  const opt = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : ['--opt', `${name}=${value}`];
  const file = join(context, options.file);
  return [
    ...['--local', `context=${context}`, '--local', `dockerfile=${dirname(file)}`],
    ...opt('filename', options.file.split('/').at(-1)),
    ...opt('target', options.target),
    ...opt('platform', options.platform),
    ...opt('force-network-mode', options.network),
    ...options.buildArgs.flatMap((pair) => opt(`build-arg:${pair.split('=')[0]}`, pair.replace(/^[^=]*=/, ''))),
    ...options.labels.flatMap((pair) => opt(`label:${pair.split('=')[0]}`, pair.replace(/^[^=]*=/, ''))),
    ...(options.addHosts.length === 0 ? [] : opt('add-hosts', options.addHosts.join(',').replaceAll(':', '='))),
    ...options.secrets.flatMap((secret) => ['--secret', inContext(secret, context)]),
    ...options.contexts.flatMap((pair, index) => [
      ...['--local', `extra${index}=${join(context, pair.replace(/^[^=]*=/, ''))}`],
      ...opt(`context:${pair.split('=')[0]}`, `local:extra${index}`),
    ]),
  ];
}

function inContext(secret: string, context: string): string {
  return secret.replace(/\b(src|source)=([^,]*)/, (_, key: string, path: string) => `${key}=${join(context, path)}`);
}
