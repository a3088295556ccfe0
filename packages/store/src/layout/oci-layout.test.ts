import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { put } from '../put.ts';
import { contentStoreContract, referenceStoreContract } from '../testing/index.ts';
import { openOciLayout } from './oci-layout.ts';

contentStoreContract(
  'OCI layout',
  async (t) => (await openOciLayout(await temporaryFolder(t), { create: true })).content,
);
referenceStoreContract('OCI layout', async (t) => openOciLayout(await temporaryFolder(t), { create: true }));

const invalid =
  (pattern: RegExp) =>
  (error: unknown): boolean =>
    isLadingError(error, 'LAYOUT_INVALID') && pattern.test(error.message);

test('openOciLayout() refuses what is not a layout and says why', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(openOciLayout(join(folder, 'absent')), invalid(/does not exist/));
  await assert.rejects(openOciLayout(folder), invalid(/no file oci-layout/));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
  await assert.rejects(openOciLayout(folder), invalid(/"2\.0\.0" at \$\.imageLayoutVersion/));
  await writeFile(join(folder, 'oci-layout'), '{');
  await assert.rejects(openOciLayout(folder), invalid(/not JSON/));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await assert.rejects(openOciLayout(folder), invalid(/no index\.json/));
  const entry = '{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"sha256:short"}';
  await writeFile(join(folder, 'index.json'), `{"schemaVersion":2,"manifests":[${entry}]}`);
  await assert.rejects(openOciLayout(folder), invalid(/\$\.manifests\[0\]\.digest/));
});

test('openOciLayout() does not make a layout of a folder with other things', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'letter.txt'), 'dear');
  await assert.rejects(openOciLayout(folder, { create: true }), invalid(/other things/));
});

test('openOciLayout() leaves only what the specification names, and fields it does not know', async (t) => {
  const folder = await temporaryFolder(t);
  const layout = await openOciLayout(folder, { create: true });
  await writeFile(join(folder, 'index.json'), '{"schemaVersion":2,"manifests":[],"x-ours":{"deep":[1]}}');
  const bytes = Buffer.from('{"schemaVersion":2,"manifests":[]}');
  const index = await put(layout.content, bytes, { mediaType: 'application/vnd.oci.image.index.v1+json' });
  await layout.references.record(index, bytes);
  await layout.references.tag('example.org/team/app:1.0', index);
  const lease = await layout.content.lease(index.digest, 1000);
  await lease.release();
  assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'index.json', 'oci-layout']);
  const written = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  assert.deepEqual(written['x-ours'], { deep: [1] });
  assert.deepEqual(written.manifests, [
    { ...index, annotations: { 'org.opencontainers.image.ref.name': 'example.org/team/app:1.0' } },
  ]);
});

test('no tag is lost when several processes change one layout', async (t) => {
  const folder = await temporaryFolder(t);
  const layout = await openOciLayout(folder, { create: true });
  const bytes = Buffer.from('{"schemaVersion":2,"manifests":[]}');
  const index = await put(layout.content, bytes, { mediaType: 'application/vnd.oci.image.index.v1+json' });
  await layout.references.record(index, bytes);
  const program = join(import.meta.dirname, '../testing/tag-writer.ts');
  const children = ['a', 'b', 'c'].map((prefix) =>
    spawn(process.execPath, [program, folder, index.digest, prefix, '10'], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'close'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal((await Array.fromAsync(layout.references.tags())).length, 30);
  assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'index.json', 'oci-layout']);
});
