// The registry as a program among programs: several clients at once, restarts, and clients that die.
import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openImage } from '@lading/image';
import { openOciLayout } from '@lading/store';
import { mixedBytes } from '@lading/testkit';
import { eventually, openLading } from './lading.ts';
import { sampleImage, sampleIndex } from './sample-image.ts';
import { serve } from './serve.ts';
import { openSkopeo } from './skopeo.ts';

interface Inspected {
  readonly digest: string;
  readonly image: { readonly layers: readonly { readonly digest: string; readonly size: number }[] };
}

describe('lading serve', { concurrency: 2 }, () => {
  test('Lading and skopeo push one image at the same time, to one name and to many: one digest everywhere', async (t) => {
    const skopeo = await openSkopeo(t);
    if (skopeo === undefined) return;
    const lading = await openLading(t);
    const { host, url, log } = await serve(lading);
    const { digest } = await sampleIndex(join(lading.folder, 'ours'), 'multi');
    const source = `oci:${lading.folder}/ours:multi`;
    const names = ['one/app:same', 'one/app:same', 'one/app:other', 'two/app:same'];
    await Promise.all(
      names.flatMap((name) => [
        lading.out('copy', source, `${host}/${name}`),
        skopeo('copy', '--all', source, `docker://${host}/${name}`),
      ]),
    );
    for (const name of new Set(names)) {
      const answer = await fetch(`${url}/v2/${name.replace(':', '/manifests/')}`, { method: 'HEAD' });
      assert.equal(answer.headers.get('docker-content-digest'), digest, name);
    }
    await Promise.all([
      lading.out('copy', `${host}/one/app:same`, 'oci:a:x'),
      skopeo('copy', '--all', `docker://${host}/one/app:other`, `oci:${lading.folder}/b:x`),
      lading.out('copy', `${host}/two/app:same`, 'oci:c:x'),
    ]);
    for (const folder of ['a', 'b', 'c']) {
      const layout = await openOciLayout(join(lading.folder, folder));
      assert.equal((await layout.references.resolve('x'))?.digest, digest);
    }
    assert.deepEqual(log().match(/^.* 5\d\d \d.*$/gm), null);
  });

  test('what was pushed is there after a restart, and after the death of the registry', async (t) => {
    const lading = await openLading(t);
    const { digest } = await sampleIndex(join(lading.folder, 'ours'), 'multi');
    const first = await serve(lading);
    await lading.out('copy', 'oci:ours:multi', `${first.host}/team/app:1.0`);
    assert.equal((await first.stop('SIGTERM')).code, 0);

    const second = await serve(lading);
    await lading.out('copy', `${second.host}/team/app:1.0`, `${second.host}/team/app:2.0`);
    assert.equal((await second.stop('SIGKILL')).signal, 'SIGKILL');

    const third = await serve(lading);
    await lading.out('copy', `${third.host}/team/app:2.0`, 'oci:back:multi');
    const layout = await openOciLayout(join(lading.folder, 'back'));
    assert.equal((await layout.references.resolve('multi'))?.digest, digest);
    const { tags } = (await (await fetch(`${third.url}/v2/team/app/tags/list`)).json()) as { tags: string[] };
    assert.deepEqual(tags, ['1.0', '2.0']);
  });

  test('a push that is killed leaves no image; pushed again it succeeds with the right digest', async (t) => {
    const lading = await openLading(t);
    const layout = await openOciLayout(join(lading.folder, 'ours'), { create: true });
    const data = mixedBytes(24 << 20);
    const image = await sampleImage(layout, [[{ path: 'large', text: data }], [{ path: 'small' }]], {
      compression: 'none',
    });
    await layout.references.tag('1.0', image);
    const server = await serve(lading);
    // Killed at three points: when the first bytes arrive, on the way, and near the end.
    for (const bytes of [1, 8 << 20, 20 << 20]) {
      const { child, ended } = lading.start(['copy', 'oci:ours:1.0', `${server.host}/team/app:1.0`]);
      const before = await received(lading.env.LADING_HOME ?? '');
      await eventually('bytes arrive', async () => {
        const now = await received(lading.env.LADING_HOME ?? '');
        return now - before >= bytes || child.exitCode !== null;
      });
      child.kill('SIGKILL');
      await ended;
      if (child.signalCode !== 'SIGKILL') continue;
      assert.equal((await fetch(`${server.url}/v2/team/app/manifests/1.0`)).status, 404);
    }
    await lading.out('copy', 'oci:ours:1.0', `${server.host}/team/app:1.0`);
    const shown = await lading.json<Inspected>('inspect', `${server.host}/team/app:1.0`);
    assert.equal(shown.digest, image.digest);
    const expected = await openImage(layout, '1.0');
    assert.deepEqual(
      shown.image.layers.map((layer) => layer.digest),
      expected.layers.map(({ descriptor }) => descriptor.digest),
    );
    await lading.out('pull', `${server.host}/team/app@${image.digest}`);
  });

  test('a registry that is killed under a push makes the push fail with an exit code, and is whole afterwards', async (t) => {
    const lading = await openLading(t);
    const layout = await openOciLayout(join(lading.folder, 'ours'), { create: true });
    const image = await sampleImage(layout, [[{ path: 'large', text: mixedBytes(24 << 20) }]], { compression: 'none' });
    await layout.references.tag('1.0', image);
    const first = await serve(lading);
    const port = Number(first.host.split(':')[1]);
    const { ended } = lading.start(['copy', 'oci:ours:1.0', `${first.host}/team/app:1.0`]);
    await eventually('bytes arrive', async () => (await received(lading.env.LADING_HOME ?? '')) > 1 << 20);
    await first.stop('SIGKILL');
    // The client tries again for a while: a registry that comes back in that time is as good as one that never went.
    const second = await serve(lading, port);
    const outcome = await ended;
    if (outcome.code !== 0) {
      assert.equal(outcome.code, 6, outcome.stderr);
      await lading.out('copy', 'oci:ours:1.0', `${second.host}/team/app:1.0`);
    }
    const { headers } = await fetch(`${second.url}/v2/team/app/manifests/1.0`, { method: 'HEAD' });
    assert.equal(headers.get('docker-content-digest'), image.digest);
  });

  test('a blob that was damaged on the registry’s disk is not taken for the real one', async (t) => {
    const lading = await openLading(t);
    const layout = await openOciLayout(join(lading.folder, 'ours'), { create: true });
    const image = await sampleImage(layout, [[{ path: 'file', text: mixedBytes(100_000) }]]);
    await layout.references.tag('1.0', image);
    const { host } = await serve(lading);
    await lading.out('copy', 'oci:ours:1.0', `${host}/team/app:1.0`);
    const layer = (await openImage(layout, '1.0')).layers[0]?.descriptor.digest.split(':')[1] ?? '';
    const content = join(lading.env.LADING_HOME ?? '', 'registry/content');
    const [blob = ''] = (await readdir(content, { recursive: true })).filter((path) => path.endsWith(layer));
    const bytes = await readFile(join(content, blob));
    bytes[bytes.length >> 1]! ^= 1;
    await chmod(join(content, blob), 0o644);
    await writeFile(join(content, blob), bytes);
    const { code, stderr } = await lading.run(['pull', `${host}/team/app:1.0`]);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /what arrived has the digest sha256:/);
    assert.deepEqual((await lading.json<{ images: unknown[] }>('ls')).images, []);
  });
});

/** How many bytes of uploads the registry holds that are not yet blobs, and of blobs. */
async function received(home: string): Promise<number> {
  const content = join(home, 'registry/content');
  let bytes = 0;
  for (const path of await readdir(content, { recursive: true }).catch(() => [] as string[])) {
    const stats = await stat(join(content, path)).catch(() => undefined);
    if (stats?.isFile()) bytes += stats.size;
  }
  return bytes;
}
