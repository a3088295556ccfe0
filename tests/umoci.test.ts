// umoci and Lading unpack the same images to the same files, and read the layers that the other wrote.
import assert from 'node:assert/strict';
import { chmod, link, lutimes, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readLayer, union, unpackLayer } from '@lading/filetree';
import { openImage } from '@lading/image';
import { type OciLayout, openOciLayout } from '@lading/store';
import { findProgram, runProgram, skipUnless, temporaryFolder, vector } from '@lading/testkit';
import { canRun } from './engines.ts';
import { openLading, succeeded } from './lading.ts';
import { type SampleEntry, sampleImage } from './sample-image.ts';
import { describeTree } from './tree.ts';

const isRoot = process.getuid?.() === 0;

/** Everything that layers can say about files, and everything that a layer can do to those below it. */
const layers: readonly (readonly SampleEntry[])[] = [
  [
    { path: 'bin/' },
    { path: 'bin/sample', text: '#!/bin/sh\n', mode: 0o755 },
    { path: 'bin/su', text: 'setuid', mode: 0o4755 },
    { path: 'bin/wall', text: 'setgid', mode: 0o2755, gid: 5 },
    { path: 'bin/alias', type: 'hardlink', linkPath: 'bin/sample', mode: 0o755 },
    { path: 'etc/' },
    { path: 'etc/passwd', text: 'root:x:0:0::/root:/bin/sh\n' },
    { path: 'etc/removed', text: 'removed later' },
    { path: 'etc/replaced/' },
    { path: 'etc/replaced/inside', text: 'gone with its folder' },
    { path: 'etc/turned', text: 'a file that becomes a folder' },
    { path: 'home/', mtime: 1_500_000_000.25 },
    { path: 'home/user/', mode: 0o700, uid: 1000, gid: 1001 },
    { path: 'home/user/secret', text: 'mine', mode: 0o400, uid: 1000, gid: 1001 },
    { path: `home/user/${'long'.repeat(40)}`, text: 'long name' },
    { path: 'home/user/ünïcödé', text: 'name' },
    { path: 'lib', type: 'symlink', linkPath: 'usr/lib', mode: 0o777 },
    { path: 'tmp/', mode: 0o1777 },
    { path: 'usr/' },
    { path: 'usr/lib/' },
    { path: 'usr/lib/first', text: 'first' },
    { path: 'usr/lib/noted', text: 'with an attribute', ...(isRoot ? { xattrs: { 'user.note': 'kept' } } : {}) },
    { path: 'usr/hidden/' },
    { path: 'usr/hidden/old', text: 'below an opaque folder' },
    { path: 'usr/hidden/deep/' },
    { path: 'usr/hidden/deep/older', text: 'below it too' },
    { path: 'var/' },
    { path: 'var/queue', type: 'fifo', mode: 0o622 },
    ...(isRoot ? [{ path: 'var/null', type: 'character', deviceMajor: 1, deviceMinor: 3, mode: 0o666 } as const] : []),
  ],
  [
    { path: 'bin/', mtime: 1_650_000_000 },
    { path: 'bin/late', type: 'hardlink', linkPath: 'bin/su', mode: 0o4755 },
    { path: 'etc/' },
    { path: 'etc/.wh.removed' },
    { path: 'etc/replaced', text: 'a file now' },
    { path: 'etc/turned/' },
    { path: 'etc/turned/inside', text: 'in a folder now' },
    { path: 'lib/second', text: 'through the link' },
    { path: 'usr/hidden/', mtime: 1_650_000_000 },
    { path: 'usr/hidden/.wh..wh..opq' },
    { path: 'usr/hidden/new', text: 'above' },
    { path: 'home/user/.wh.secret' },
    { path: 'home/user/secret', text: 'another', uid: 1000, gid: 1001 },
  ],
  [{ path: 'etc/' }, { path: 'etc/.wh.replaced' }, { path: 'bin/alias', text: 'a file of its own' }],
];

test('umoci unpacks our layers to the same files as Lading: links, whiteouts, modes, owners, times, attributes', async (t) => {
  const umoci = openUmoci(t);
  if (umoci === undefined) return;
  const folder = await temporaryFolder(t);
  for (const compression of ['gzip', 'none'] as const) {
    const layout = await openOciLayout(join(folder, compression), { create: true });
    await layout.references.tag('1.0', await sampleImage(layout, layers, { compression }));
    await umoci('unpack', ...rootless, '--image', `${layout.path}:1.0`, join(folder, `${compression}-umoci`));
    const theirs = await describeTree(join(folder, `${compression}-umoci/rootfs`));
    const ours = await describeTree(await unpack(layout, '1.0', join(folder, `${compression}-ours`)));
    assert.deepEqual(ours, theirs);
    assert.ok(theirs.length > 25);
  }
});

test('umoci unpacks an Alpine image that Lading saved to the files that Lading unpacks', async (t) => {
  const umoci = openUmoci(t);
  const alpine = vector(t, 'images/alpine-310.docker-archive.tar.gz');
  if (umoci === undefined || alpine === undefined) return;
  const lading = await openLading(t);
  await lading.out('load', '-i', alpine);
  await lading.out('copy', 'local:alpine:3.10', 'oci:alpine:3.10');
  const layout = await openOciLayout(join(lading.folder, 'alpine'));
  await umoci('unpack', ...rootless, '--image', `${layout.path}:3.10`, join(lading.folder, 'bundle'));
  const theirs = await describeTree(join(lading.folder, 'bundle/rootfs'));
  assert.deepEqual(await describeTree(await unpack(layout, '3.10', join(lading.folder, 'ours'))), theirs);
});

test('a container sees the files that umoci unpacks, folders and their times included', async (t) => {
  const umoci = openUmoci(t);
  const alpine = vector(t, 'images/alpine-310.docker-archive.tar.gz');
  if (umoci === undefined || alpine === undefined || !(await canRun(t))) return;
  if (!isRoot) return t.skip('without root umoci keeps no owners and devices to compare with');
  const lading = await openLading(t);
  await lading.out('load', '-i', alpine);
  await lading.out('copy', 'local:alpine:3.10', 'oci:layout:base');
  const layout = await openOciLayout(join(lading.folder, 'layout'));
  const base = await openImage(layout, 'base');
  // Layers that are unpacked apart, as containers share them, here as elsewhere cannot have a hard link to a file of a lower layer,
  // and put what stands below a link of a lower layer into a folder in the link's place.
  const folders = layers.map((entries) =>
    entries
      .filter(({ path }) => !['bin/late', 'lib/second'].includes(path))
      .map((one) => ({
        ...one,
        path: `sample/${one.path}`,
        ...(one.type === 'hardlink' ? { linkPath: `sample/${one.linkPath}` } : {}),
      })),
  );
  folders[0]?.unshift({ path: 'sample/' });
  const mounted = await sampleImage(layout, folders, { below: base });
  await layout.references.tag('sample', mounted);
  await lading.out('copy', 'oci:layout:sample', 'local:sample:latest');
  await umoci('unpack', ...rootless, '--image', `${layout.path}:sample`, join(lading.folder, 'bundle'));

  const list = `cd /sample && find . -exec stat -c '%n %a %u:%g %Y %F' {} + && find . -type f -exec sha256sum {} +`;
  const inside = await lading.out('run', '-e', 'PATH=/usr/bin:/bin', 'sample', 'sh', '-c', list);
  const outside = await lading.shell(list.replace('/sample', 'bundle/rootfs/sample'));
  assert.deepEqual(inside.split('\n').sort(), succeeded('stat', outside).split('\n').sort());
});

test('Lading reads the layer that umoci makes of changed files', async (t) => {
  const umoci = openUmoci(t);
  if (umoci === undefined) return;
  const lading = await openLading(t);
  const { folder } = lading;
  const layout = await openOciLayout(join(folder, 'layout'), { create: true });
  await layout.references.tag('1.0', await sampleImage(layout, layers));
  const image = ['--image', `${layout.path}:1.0`];
  await umoci('unpack', ...rootless, ...image, join(folder, 'bundle'));
  const root = join(folder, 'bundle/rootfs');
  await rm(join(root, 'etc/passwd'));
  await rm(join(root, 'usr/hidden'), { recursive: true });
  await mkdir(join(root, 'srv'));
  await writeFile(join(root, 'srv/app'), 'application');
  await chmod(join(root, 'srv/app'), 0o4711);
  await link(join(root, 'srv/app'), join(root, 'srv/app2'));
  await symlink('app', join(root, 'srv/app3'));
  // umoci rounds times to seconds, up or down.
  for (const name of ['app', 'app3']) await lutimes(join(root, 'srv', name), 1_700_000_000, 1_700_000_000);
  await umoci('repack', '--image', `${layout.path}:2.0`, join(folder, 'bundle'));
  await umoci('config', '--image', `${layout.path}:2.0`, '--config.user=1000', '--config.entrypoint=/srv/app');

  const shown = await lading.json<{ image: { user: string; entrypoint: string[]; layers: unknown[] } }>(
    'inspect',
    'oci:layout:2.0',
  );
  assert.equal(shown.image.user, '1000');
  assert.deepEqual(shown.image.entrypoint, ['/srv/app']);
  assert.equal(shown.image.layers.length, layers.length + 1);
  assert.deepEqual(await describeTree(await unpack(layout, '2.0', join(folder, 'ours'))), await describeTree(root));

  const read = await openImage(layout, '2.0');
  const tree = union(await Promise.all(read.layers.map(async (layer) => readLayer(await layer.uncompressed()))));
  assert.equal(tree.get('etc/passwd'), undefined);
  assert.equal(tree.get('usr/hidden/new'), undefined);
  assert.equal(tree.lookup('srv/app3')?.mode, 0o4711);
});

test('umoci lists what our layout has, and collects garbage without touching what is tagged', async (t) => {
  const umoci = openUmoci(t);
  if (umoci === undefined) return;
  const layout = await openOciLayout(join(await temporaryFolder(t), 'layout'), { create: true });
  const image = await sampleImage(layout, layers.slice(0, 1));
  await layout.references.tag('kept', image);
  await sampleImage(layout, [[{ path: 'dropped' }]]);
  assert.equal(await umoci('list', '--layout', layout.path), 'kept');
  await umoci('gc', '--layout', layout.path);
  const { layers: left } = await openImage(layout, 'kept');
  for (const layer of left) for await (const _ of await layer.uncompressed());
});

/** The layers one after the other onto a folder. */
async function unpack(layout: OciLayout, tag: string, folder: string): Promise<string> {
  await mkdir(folder);
  const owners = isRoot ? 'keep' : 'ignore';
  for (const layer of (await openImage(layout, tag)).layers) {
    await unpackLayer(await layer.uncompressed(), folder, { whiteouts: 'apply', owners });
  }
  return folder;
}

const rootless = isRoot ? [] : ['--rootless'];

function openUmoci(t: TestContext): ((...args: string[]) => Promise<string>) | undefined {
  const program = findProgram('umoci');
  if (!skipUnless(t, program !== undefined, 'the program umoci')) return undefined;
  return async (...args) =>
    succeeded(`umoci ${args.join(' ')}`, { signal: null, ...(await runProgram(program ?? 'umoci', args)) });
}
