import assert from 'node:assert/strict';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, fromBuffer, fromFile } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { craftArchive, craftContent, craftHeader, craftPax, octal } from './internal/crafted.ts';
import { readTar } from './read.ts';

const next = craftHeader({ name: 'next' });
/** "aaaa" at 0, "bbb" at 1000, up to 2000. */
const expected = Buffer.alloc(2000);
expected.write('aaaa', 0);
expected.write('bbb', 1000);

async function assertSparse(archive: Uint8Array): Promise<void> {
  const names: string[] = [];
  for await (const entry of readTar(fromBuffer(archive))) {
    names.push(entry.path);
    if (entry.path !== 'sparse') continue;
    assert.deepEqual([entry.size, entry.sparse, entry.type], [2000, true, 'file']);
    assert.deepEqual(await collect(entry.content, { maxBytes: 4000, what: 'x' }), expected);
  }
  assert.deepEqual(names, ['sparse', 'next']);
}

const oldGnu = (slots: string, size: number, real: number, isExtended = false): Buffer =>
  craftHeader({
    name: 'sparse',
    type: 'S',
    magic: 'ustar  \0',
    size: octal(size),
    raw: new Map<number, string>([
      [386, slots],
      [482, isExtended ? '\x01' : '\0'],
      [483, octal(real)],
    ]),
  });

test('readTar() expands old GNU sparse files', async () => {
  const slots = octal(0) + octal(4) + octal(1000) + octal(3) + octal(2000) + octal(0);
  await assertSparse(craftArchive(oldGnu(slots, 7, 2000), craftContent('aaaabbb'), next));
});

test('readTar() follows the extension blocks of old GNU sparse files', async () => {
  const slots = [0, 1, 1, 1, 2, 1, 3, 1].map(octal).join('');
  const extension = Buffer.alloc(512);
  extension.write([1000, 3, 2000, 0].map(octal).join(''), 0, 'latin1');
  await assertSparse(craftArchive(oldGnu(slots, 7, 2000, true), extension, craftContent('aaaabbb'), next));
});

test('readTar() expands PAX sparse files 0.0, 0.1 and 1.0', async () => {
  const stored = craftHeader({ name: 'GNUSparseFile.0/x', size: octal(7) });
  const repeated = craftPax([
    ['GNU.sparse.size', '2000'],
    ['GNU.sparse.numblocks', '2'],
    ['GNU.sparse.offset', '0'],
    ['GNU.sparse.numbytes', '4'],
    ['GNU.sparse.offset', '1000'],
    ['GNU.sparse.numbytes', '3'],
    ['path', 'sparse'],
  ]);
  await assertSparse(craftArchive(repeated, stored, craftContent('aaaabbb'), next));
  const map = craftPax([
    ['GNU.sparse.size', '2000'],
    ['GNU.sparse.numblocks', '2'],
    ['GNU.sparse.map', '0,4,1000,3'],
    ['GNU.sparse.name', 'sparse'],
  ]);
  await assertSparse(craftArchive(map, stored, craftContent('aaaabbb'), next));
  const inContent = craftPax([
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 'sparse'],
    ['GNU.sparse.realsize', '2000'],
  ]);
  const header = craftHeader({ name: 'GNUSparseFile.0/x', size: octal(512 + 7) });
  await assertSparse(
    craftArchive(inContent, header, craftContent('3\n0\n4\n1000\n3\n2000\n0\n'), craftContent('aaaabbb'), next),
  );
});

test('readTar() refuses sparse maps that lie', async () => {
  const lies = [
    [1000, 4, 0, 3],
    [0, 4, 2, 3],
    [0, 4, 1999, 3],
    [0, 4],
    [0, 8],
    [0, 4, 8 ** 11 - 4, 3],
  ];
  for (const numbers of lies) {
    await rejects(craftArchive(oldGnu(numbers.map(octal).join(''), 7, 2000), craftContent('aaaabbb')));
  }
  const tooLong = Buffer.concat([Buffer.of(0x80), Buffer.alloc(5), Buffer.of(2), Buffer.alloc(5)]);
  const huge = new Map<number, string | Uint8Array>([[483, tooLong]]);
  await rejects(craftArchive(craftHeader({ type: 'S', magic: 'ustar  \0', raw: huge })));
  const records = (...more: [string, string][]): Buffer =>
    craftArchive(
      craftPax([['GNU.sparse.numblocks', '1'], ...more]),
      craftHeader({ size: octal(1) }),
      craftContent('x'),
    );
  await rejects(records(['GNU.sparse.size', String(2 ** 41)], ['GNU.sparse.map', '0,1']));
  await rejects(records(['GNU.sparse.size', '5'], ['GNU.sparse.map', '0,1,2']));
  await rejects(records(['GNU.sparse.size', '5'], ['GNU.sparse.map', '0,x']));
  const v1 = (content: string): Buffer =>
    craftArchive(
      craftPax([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.realsize', '5'],
      ]),
      craftHeader({ size: octal(Math.ceil(content.length / 512) * 512) }),
      craftContent(content),
    );
  for (const map of ['', '99999\n', 'x\n', '1\n-1\n', `${'9'.repeat(30)}\n`]) await rejects(v1(map));
});

async function rejects(archive: Uint8Array): Promise<void> {
  await assert.rejects(
    async () => {
      for await (const { content } of readTar(fromBuffer(archive)))
        await collect(content, { maxBytes: 1e6, what: 'x' });
    },
    (error) => isLadingError(error, 'TAR_INVALID'),
  );
}

test('readTar() reads the sparse files of GNU tar in every format', async (t) => {
  const program = findProgram('tar');
  if (!skipUnless(t, program !== undefined, 'no tar program')) return;
  const folder = await temporaryFolder(t);
  const path = join(folder, 'holes');
  const file = await open(path, 'w');
  for (let at = 0; at < 40; at += 1) await file.write(Buffer.alloc(4096, 65 + at), 0, 4096, at * 65536);
  await file.truncate(3_000_000);
  await file.close();
  for (const options of [['gnu'], ['pax', '0.0'], ['pax', '0.1'], ['pax', '1.0']]) {
    const archive = join(folder, 'archive.tar');
    const version = options[1] === undefined ? [] : [`--sparse-version=${options[1]}`];
    const result = await runProgram(program!, [
      '-cSf',
      archive,
      `--format=${options[0]}`,
      ...version,
      '-C',
      folder,
      'holes',
    ]);
    if (!skipUnless(t, result.code === 0, `tar cannot: ${result.stderr}`)) return;
    let entries = 0;
    for await (const entry of readTar(fromFile(archive))) {
      entries += 1;
      assert.equal(entry.path, 'holes');
      assert.equal(entry.sparse, true);
      assert.ok(
        (await readFile(path)).equals(await collect(entry.content, { maxBytes: 4e6, what: 'x' })),
        String(options),
      );
    }
    assert.equal(entries, 1);
  }
});
