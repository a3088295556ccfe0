import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { collect, fromBuffer, gunzip } from '@lading/bytes';
import { digestOf } from '@lading/oci';
import { createMemoryRepository } from '@lading/store';
import { readTar, type TarEntryInput, writeTar } from '@lading/tar';
import { writeLayer } from '../write-layer.ts';
import { readEstargzSegments } from './estargz-segments.ts';

interface Listed {
  readonly name: string;
  readonly type: string;
  readonly size?: number;
  readonly offset?: number;
  readonly chunkOffset?: number;
  readonly chunkSize?: number;
  readonly chunkDigest?: string;
  readonly digest?: string;
  readonly linkName?: string;
}

const big = Buffer.concat([randomBytes(1 << 20), Buffer.alloc(1 << 20, 'x'), randomBytes(700_001)]);
const contents: Readonly<Record<string, Buffer>> = {
  'etc/empty': Buffer.alloc(0),
  'etc/hosts': Buffer.from('127.0.0.1 localhost\n'),
  'usr/big': big,
  'usr/exact': Buffer.alloc(2 << 20, 'y'),
  'usr/small': Buffer.from('s'),
};

function* entries(): Generator<TarEntryInput> {
  const header = { mode: 0o644, uid: 0, gid: 0, mtime: 7, size: 0 } as const;
  yield { ...header, path: 'etc', type: 'directory', mode: 0o755 };
  for (const [path, content] of Object.entries(contents))
    yield { ...header, path, type: 'file', size: content.length, content: fromBuffer(content) };
  yield { ...header, path: 'usr/link', type: 'symlink', linkPath: 'small' };
  yield { ...header, path: 'usr/name', type: 'hardlink', linkPath: 'usr/small' };
}

async function layer() {
  const repository = createMemoryRepository();
  const written = await writeLayer(repository, writeTar(entries()), { compression: 'estargz' });
  const bytes = await collect(await repository.content.open(written.descriptor), { maxBytes: 1 << 24, what: 'layer' });
  return { written, bytes };
}

test('an eStargz layer is gzip of the tar with its table of contents as the last entry', async () => {
  const { written, bytes } = await layer();
  const tar = gunzipSync(bytes);
  assert.equal(digestOf(tar), written.diffId);
  assert.equal(tar.length, written.uncompressedSize);
  assert.equal(written.descriptor.annotations?.['io.containers.estargz.uncompressed-size'], String(tar.length));
  const found: string[] = [];
  for await (const { path, content, size, type } of readTar(fromBuffer(tar))) {
    found.push(path);
    if (path === 'stargz.index.json') {
      const table = await collect(content, { maxBytes: size, what: path });
      assert.equal(digestOf(table), written.descriptor.annotations?.['containerd.io/snapshot/stargz/toc.digest']);
    } else if (type === 'file') {
      assert.deepEqual(await collect(content, { maxBytes: size + 1, what: path }), contents[path]);
    }
  }
  assert.deepEqual(found, ['etc', ...Object.keys(contents), 'usr/link', 'usr/name', 'stargz.index.json']);
});

test('every content can be read at the offset that the table gives, chunk by chunk, as snapshotters do', async () => {
  const { bytes } = await layer();
  const tableOffset = Number.parseInt(bytes.subarray(-51).toString('latin1', 16, 32), 16);
  const tail = gunzipSync(bytes.subarray(tableOffset, -51));
  let table: { version: number; entries: Listed[] } | undefined;
  for await (const { content, size } of readTar(fromBuffer(tail)))
    table = JSON.parse((await collect(content, { maxBytes: size, what: 'table' })).toString());
  assert.equal(table?.version, 1);
  const listed = table?.entries ?? [];
  const read = new Map<string, Buffer[]>();
  for (const { name, type, offset, chunkOffset = 0, chunkSize, chunkDigest } of listed) {
    if (offset === undefined) continue;
    assert.ok(type === 'reg' || type === 'chunk');
    const size = chunkSize ?? contents[name]!.length - chunkOffset;
    const rest = await collect(gunzip(fromBuffer(bytes.subarray(offset))), { maxBytes: 1 << 24, what: name });
    const chunk = rest.subarray(0, size);
    assert.equal(chunkDigest, `sha256:${createHash('sha256').update(chunk).digest('hex')}`);
    read.set(name, [...(read.get(name) ?? []), chunk]);
  }
  for (const [name, content] of Object.entries(contents)) {
    assert.deepEqual(Buffer.concat(read.get(name) ?? []), content);
    const entry = listed.find((one) => one.name === name);
    assert.equal(entry?.size ?? 0, content.length);
    if (content.length > 0) assert.equal(entry?.digest, digestOf(content));
  }
  assert.equal(listed.filter(({ name }) => name === 'usr/big').length, 3);
  assert.deepEqual(
    listed
      .filter(({ type }) => !['reg', 'chunk'].includes(type))
      .map(({ name, type, linkName }) => [name, type, linkName]),
    [
      ['etc/', 'dir', undefined],
      ['usr/link', 'symlink', 'small'],
      ['usr/name', 'hardlink', 'usr/small'],
    ],
  );
});

test('our own reader takes it for eStargz, and equal tars give equal bytes', async () => {
  const { bytes, written } = await layer();
  const map = await readEstargzSegments(
    async ({ start, end }) => bytes.subarray(start, end),
    bytes.length,
    bytes.subarray(-51),
  );
  assert.equal(map?.format, 'estargz');
  assert.equal((await layer()).written.descriptor.digest, written.descriptor.digest);
});
