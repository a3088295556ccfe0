import assert from 'node:assert/strict';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { collect } from '@lading/bytes';
import { type ErrorCode, isLadingError } from '@lading/errors';
import { digestOf, hexOf, mediaTypes } from '@lading/oci';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import { openImage } from '../image.ts';
import { archiveMember } from './archive-member.ts';
import { openArchive } from './open-archive.ts';

const maxBytes = 1 << 20;
const layer = Buffer.alloc(1024);
const config = Buffer.from(
  JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } }),
);
const configName = `${hexOf(digestOf(config))}.json`;

function link(path: string, type: 'symlink' | 'hardlink', linkPath: string): TarEntryInput {
  return { path, type, linkPath, mode: 0o777, uid: 0, gid: 0, mtime: 0, size: 0 };
}

function json(path: string, value: unknown): TarEntryInput {
  return archiveMember(path, Buffer.from(JSON.stringify(value)));
}

function listing(...layers: string[]): TarEntryInput {
  return json('manifest.json', [{ Config: configName, RepoTags: ['app:1'], Layers: layers }]);
}

const configMember = archiveMember(configName, config);

async function archive(t: TestContext, entries: readonly TarEntryInput[]): Promise<string> {
  const path = join(await temporaryFolder(t), 'archive.tar');
  await writeFile(path, await collect(writeTar(entries), { maxBytes: 64 << 20, what: 'archive' }));
  return path;
}

async function refused(path: string, code: ErrorCode, pattern: RegExp): Promise<void> {
  await assert.rejects(openArchive(path), (error) => {
    assert.ok(isLadingError(error, code), String(error));
    assert.match(error.message, pattern);
    return true;
  });
}

test('openArchive() follows layer links of old docker archives, hard and symbolic', async (t) => {
  const path = await archive(t, [
    archiveMember('aa/layer.tar', layer),
    link('bb/layer.tar', 'symlink', '../aa/layer.tar'),
    link('cc/layer.tar', 'hardlink', 'bb/layer.tar'),
    configMember,
    listing('cc/layer.tar'),
  ]);
  const opened = await openArchive(path);
  const image = await openImage(opened.repository, 'app:1');
  assert.ok((await collect(await image.layers[0]!.uncompressed(), { maxBytes, what: 'layer' })).equals(layer));
  await opened.close();
});

test('openArchive() refuses links in a circle, and never follows one outside', async (t) => {
  const circle = [link('a/layer.tar', 'symlink', '../b/layer.tar'), link('b/layer.tar', 'symlink', '../a/layer.tar')];
  await refused(await archive(t, [...circle, configMember, listing('a/layer.tar')]), 'ARCHIVE_INVALID', /in a circle/);
  const self = link('a/layer.tar', 'symlink', 'layer.tar');
  await refused(await archive(t, [self, configMember, listing('a/layer.tar')]), 'ARCHIVE_INVALID', /in a circle/);
  for (const outside of ['/etc/hostname', '../../../../etc/hostname']) {
    const entries = [link('a/layer.tar', 'symlink', outside), configMember, listing('a/layer.tar')];
    await refused(await archive(t, entries), 'ARCHIVE_INVALID', /layer a\/layer\.tar is missing/);
  }
  for (const name of ['/etc/hostname', '../../../etc/hostname']) {
    await refused(await archive(t, [configMember, listing(name)]), 'ARCHIVE_INVALID', /is missing/);
  }
});

test('openArchive() refuses a member with .. in its name', async (t) => {
  const bytes = await collect(writeTar([archiveMember('xx/evil', layer), configMember]), { maxBytes, what: 'archive' });
  // The writer would refuse the name, so it is put into the header afterwards, with the checksum that belongs to it.
  bytes.write('../evil', 0, 'latin1');
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const path = join(await temporaryFolder(t), 'archive.tar');
  await writeFile(path, bytes);
  await refused(path, 'ARCHIVE_INVALID', /\.\./);
});

test('openArchive() refuses a docker-archive whose parts are missing or contradict each other', async (t) => {
  const file = archiveMember('l.tar', layer);
  const cases: [TarEntryInput[], ErrorCode, RegExp][] = [
    [[configMember, listing('l.tar')], 'ARCHIVE_INVALID', /layer l\.tar is missing/],
    [[file, listing('l.tar')], 'ARCHIVE_INVALID', /no member [0-9a-f]{64}\.json/],
    [[file, configMember, listing('l.tar', 'l.tar')], 'ARCHIVE_INVALID', /2 layers and 1 diffIds/],
    [[file, configMember, listing('l.tar'), listing('l.tar')], 'ARCHIVE_INVALID', /two members manifest\.json/],
    [[file, archiveMember(configName, Buffer.from('{}')), listing('l.tar')], 'DIGEST_MISMATCH', /has the digest/],
    [[json('manifest.json', [])], 'ARCHIVE_INVALID', /no image/],
    [[json('manifest.json', { Config: 'x' })], 'ARCHIVE_INVALID', /not a list at \$/],
    [[json('manifest.json', [{ Layers: [] }])], 'ARCHIVE_INVALID', /\$\[0\]\.Config/],
    [[json('manifest.json', [{ Config: 'c', Layers: [1] }])], 'ARCHIVE_INVALID', /\$\[0\]\.Layers/],
    [[archiveMember('manifest.json', Buffer.from('{'))], 'ARCHIVE_INVALID', /not JSON/],
    [[archiveMember('etc/passwd', layer)], 'ARCHIVE_INVALID', /neither manifest\.json/],
  ];
  for (const [entries, code, pattern] of cases) await refused(await archive(t, entries), code, pattern);
});

test('a docker-archive whose layer is not its diffId fails when the layer is read', async (t) => {
  const other = Buffer.alloc(1024, 1);
  const path = await archive(t, [archiveMember('l.tar', other), configMember, listing('l.tar')]);
  const opened = await openArchive(path);
  const image = await openImage(opened.repository, 'app:1');
  await assert.rejects(
    async () => collect(await image.layers[0]!.open(), { maxBytes, what: 'layer' }),
    (error) => isLadingError(error, 'DIGEST_MISMATCH'),
  );
});

test('openArchive() refuses OCI layouts that are incomplete or damaged, naming the place', async (t) => {
  const version = json('oci-layout', { imageLayoutVersion: '1.0.0' });
  const entry = { mediaType: mediaTypes.ociManifest, digest: digestOf('{}'), size: 2 };
  const index = (...manifests: object[]): TarEntryInput => json('index.json', { schemaVersion: 2, manifests });
  const cases: [TarEntryInput[], ErrorCode, RegExp][] = [
    [[json('oci-layout', { imageLayoutVersion: '9' }), index()], 'LAYOUT_INVALID', /\$\.imageLayoutVersion/],
    [[version, index({ ...entry, digest: 'sha256:0' })], 'LAYOUT_INVALID', /\$\.manifests\[0\]\.digest/],
    [[version, index(entry)], 'ARCHIVE_INVALID', /manifest sha256:[0-9a-f]+ of index\.json is missing/],
    [
      [version, index(entry), archiveMember(`blobs/sha256/${hexOf(entry.digest)}`, Buffer.from('[]'))],
      'DIGEST_MISMATCH',
      /digest/,
    ],
    [
      [version, index(entry), archiveMember(`blobs/sha256/${hexOf(entry.digest)}`, Buffer.from('{}'))],
      'MANIFEST_INVALID',
      /neither config and layers/,
    ],
  ];
  for (const [entries, code, pattern] of cases) await refused(await archive(t, entries), code, pattern);
});

test('openArchive() refuses a cut-off archive wherever it is cut, plain or compressed', async (t) => {
  const entries = [archiveMember('l.tar', layer), configMember, listing('l.tar')];
  const whole = await collect(writeTar(entries), { maxBytes, what: 'archive' });
  const packed = gzipSync(whole);
  const path = join(await temporaryFolder(t), 'archive.tar');
  for (let at = 1; at < whole.length - 1024; at += 173) {
    await writeFile(path, whole);
    await truncate(path, at);
    await refused(path, 'ARCHIVE_INVALID', /Cannot open archive/);
  }
  for (let at = 1; at < packed.length; at += 37) {
    await writeFile(path, packed);
    await truncate(path, at);
    await refused(path, 'ARCHIVE_INVALID', /Cannot open archive/);
  }
  await writeFile(path, '');
  await refused(path, 'ARCHIVE_INVALID', /neither/);
});

test('openArchive() bounds what a compressed archive unpacks to, and leaves no temporary file', async (t) => {
  const entries = [archiveMember('bomb', Buffer.alloc(8 << 20))];
  const whole = await collect(writeTar(entries), { maxBytes: 64 << 20, what: 'archive' });
  const folder = await temporaryFolder(t);
  const path = join(folder, 'archive.tar.gz');
  await writeFile(path, gzipSync(whole));
  await assert.rejects(openArchive(path, { maxBytes: 1 << 20 }), (error) => isLadingError(error, 'BYTES_LIMIT'));
  await assert.rejects(openArchive(path), (error) => isLadingError(error, 'ARCHIVE_INVALID'));
  const left = (await readdir(tmpdir())).filter((name) => name.startsWith(`lading-archive-${process.pid}-`));
  assert.deepEqual(left, []);
});

test('an archive can be read only', async (t) => {
  const opened = await openArchive(await archive(t, [archiveMember('l.tar', layer), configMember, listing('l.tar')]));
  const { content, references } = opened.repository;
  const readOnly = (error: unknown): boolean => isLadingError(error, 'STORE_READONLY');
  await assert.rejects(content.begin(), readOnly);
  await assert.rejects(content.delete(digestOf(layer)), readOnly);
  await assert.rejects(references.tag('x', opened.images[0]!.descriptor), readOnly);
  await assert.rejects(references.untag('app:1'), readOnly);
  assert.deepEqual(await Array.fromAsync(references.tags()), ['app:1']);
  const part = await content.open(digestOf(layer), { range: { start: 1000 } });
  assert.equal((await collect(part, { maxBytes, what: 'range' })).length, 24);
  await assert.rejects(content.open(digestOf(layer), { range: { start: 1025 } }), (error) =>
    isLadingError(error, 'RANGE_INVALID'),
  );
});
