import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@lading/testkit';
import type { Bench, Client } from './client.ts';

const unused = ['io.containerd.grpc.v1.cri', 'io.containerd.internal.v1.opt', 'io.containerd.snapshotter.v1.devmapper'];

const configuration = (folder: string): string => `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ${JSON.stringify(unused)}
[grpc]
address = "${folder}/sock"
`;

const ctr = ({ run, folder }: Bench, ...args: string[]): Promise<string> =>
  run(`--address=${folder}/sock`, '--namespace=clients', ...args);
const user = ({ account }: Bench): string[] => ['--plain-http', '--user', `${account.name}:${account.password}`];

/** A containerd of its own, of which only the content store is used: nothing is unpacked or run. */
export const containerd: Client = {
  name: 'ctr',
  obstacle: () => {
    if (findProgram('containerd') === undefined) return 'containerd is not here';
    return process.getuid?.() === 0 ? undefined : 'containerd would be run as root';
  },
  version: ['--version'],
  async prepare({ folder }) {
    await writeFile(`${folder}/config.toml`, configuration(folder));
    const child = spawn(findProgram('containerd') ?? '', ['--config', `${folder}/config.toml`, '--log-level=error'], {
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    };
    for (const end = Date.now() + 20_000; !existsSync(`${folder}/sock`); await sleep(50)) {
      if (child.exitCode !== null || Date.now() > end) {
        await stop();
        throw new Error(`containerd does not listen (${child.exitCode})`);
      }
    }
    return stop;
  },
  operations: {
    push: async (bench) => {
      const { image, repository, registry, path } = bench;
      await ctr(
        bench,
        'images',
        'import',
        '--no-unpack',
        '--all-platforms',
        '--base-name',
        repository(),
        image.archive,
      );
      await ctr(bench, 'images', 'push', ...user(bench), `${repository()}:v1`);
      assert.equal(await registry.digestOf(path(), 'v1'), image.digest);
    },
    pull: async (bench) => {
      const name = `${bench.repository()}:v1`;
      await ctr(bench, 'images', 'rm', '--sync', name);
      await ctr(bench, 'content', 'fetch', '--all-platforms', ...user(bench), name);
      const listed = await ctr(bench, 'images', 'ls', `name==${name}`);
      assert.ok(listed.includes(bench.image.digest), listed);
    },
    mount: async (bench) => {
      const { image, repository, registry, path } = bench;
      await ctr(bench, 'images', 'tag', `${repository()}:v1`, `${repository('other')}:v1`);
      await ctr(bench, 'images', 'push', ...user(bench), `${repository('other')}:v1`);
      assert.equal(await registry.digestOf(path('other'), 'v1'), image.digest);
      assert.ok(await registry.mounted(path('other')), 'no blob was mounted');
    },
  },
};
