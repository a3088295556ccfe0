import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Bench, Client } from './client.ts';

const plain = '--tls-verify=false';

/** buildah and podman: one library, two programs. Storage is the client's own; as root, for else they need more of the machine than files. */
function containers(name: string, more: Client['operations'] = {}): Client {
  const storage = ({ folder }: Bench): string[] => [
    `--root=${folder}/root`,
    `--runroot=${folder}/run`,
    '--storage-driver=vfs',
  ];
  const run = (bench: Bench, ...args: string[]): Promise<string> => bench.run(...storage(bench), ...args);
  return {
    name,
    obstacle: () => (process.getuid?.() === 0 ? undefined : 'it would be run as root'),
    version: ['--version'],
    env: ({ folder }) => ({
      REGISTRY_AUTH_FILE: `${folder}/auth.json`,
      TMPDIR: folder,
      XDG_RUNTIME_DIR: folder,
      BUILDAH_ISOLATION: 'chroot',
    }),
    operations: {
      login: async (bench) => {
        const { name, password } = bench.account;
        await run(bench, 'login', plain, '-u', name, '-p', password, bench.host);
      },
      push: async (bench) => {
        const id = (await run(bench, 'pull', '--quiet', `oci:${bench.image.layout}:v1`)).trim();
        for (const tag of ['v1', 'v2']) {
          await run(bench, 'push', plain, '--digestfile', 'digest', id, `docker://${bench.repository()}:${tag}`);
          const pushed = await readFile(`${bench.folder}/digest`, 'utf8');
          assert.equal(await bench.registry.digestOf(bench.path(), tag), pushed);
        }
      },
      pull: async (bench) => {
        const before = (await run(bench, 'images', '--quiet', '--no-trunc')).split('\n')[0];
        await run(bench, 'rmi', '--all', '--force');
        const id = (await run(bench, 'pull', '--quiet', plain, `docker://${bench.repository()}:v1`)).trim();
        assert.equal(`sha256:${id.replace('sha256:', '')}`, before);
      },
      mount: async (bench) => {
        const id = (await run(bench, 'images', '--quiet', '--no-trunc')).split('\n')[0] ?? '';
        await run(bench, 'push', plain, id, `docker://${bench.repository('other')}:v1`);
        assert.ok(await bench.registry.digestOf(bench.path('other'), 'v1'));
        assert.ok(await bench.registry.mounted(bench.path('other')), 'no blob was mounted');
      },
      ...more,
    },
  };
}

export const buildah: Client = containers('buildah');

export const podman: Client = containers('podman', {
  tags: async (bench) => {
    const listed = await bench.run('search', plain, '--list-tags', bench.repository());
    assert.deepEqual(listed.match(/\bv\d\b/g), ['v1', 'v2']);
  },
});
