import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import type { ArchivedEntry } from './entry.ts';
import { craftArchive, craftContent, craftExtension, craftHeader, craftPax, octal } from './internal/crafted.ts';
import { readTar } from './read.ts';

type Read = Omit<ArchivedEntry, 'content'> & { readonly text: string };

async function readAll(archive: Uint8Array): Promise<Read[]> {
  const entries: Read[] = [];
  for await (const { content, ...header } of readTar(fromBuffer(archive))) {
    entries.push({ ...header, text: (await collect(content, { maxBytes: 1 << 20, what: 'an entry' })).toString() });
  }
  return entries;
}

async function readOne(...parts: Uint8Array[]): Promise<Read> {
  const entries = await readAll(craftArchive(...parts));
  assert.equal(entries.length, 1);
  return entries[0]!;
}

const file = (name: string, text: string): Buffer =>
  Buffer.concat([craftHeader({ name, size: octal(text.length) }), craftContent(text)]);

test('readTar() joins the ustar prefix, but not where GNU and star keep other things', async () => {
  const header = { name: 'name', prefix: 'some/prefix' };
  assert.equal((await readOne(craftHeader(header))).path, 'some/prefix/name');
  assert.equal((await readOne(craftHeader({ ...header, magic: 'ustar  \0' }))).path, 'name');
  assert.equal((await readOne(craftHeader({ ...header, magic: '' }))).path, 'name');
  const star = craftHeader({
    ...header,
    raw: new Map([
      [476, '00000000001 '],
      [508, 'tar\0'],
    ]),
  });
  assert.equal((await readOne(star)).path, 'some/prefix/name');
});

test('readTar() uses names of 100 bytes, which have no NUL', async () => {
  assert.equal((await readOne(craftHeader({ name: 'x'.repeat(100) }))).path, 'x'.repeat(100));
});

test('readTar() knows every type', async () => {
  const device = new Map([
    [329, '0000010\0'],
    [337, '0000003\0'],
  ]);
  const types = {
    '0': 'file',
    '\0': 'file',
    '7': 'file',
    '3': 'character',
    '4': 'block',
    '5': 'directory',
    '6': 'fifo',
  };
  for (const [type, expected] of Object.entries(types)) {
    const entry = await readOne(craftHeader({ type, raw: device }));
    assert.equal(entry.type, expected);
    const isDevice = type === '3' || type === '4';
    assert.deepEqual([entry.deviceMajor, entry.deviceMinor], isDevice ? [8, 3] : [undefined, undefined]);
  }
  const symlink = await readOne(craftHeader({ type: '2', link: '../../etc//x/' }));
  assert.deepEqual([symlink.type, symlink.linkPath], ['symlink', '../../etc//x/']);
  const old = await readOne(craftHeader({ name: 'old/', magic: '' }));
  assert.deepEqual([old.type, old.path], ['directory', 'old']);
});

test('readTar() ignores the size of links, devices and directories', async () => {
  for (const type of ['1', '2', '3', '4', '5', '6']) {
    const archive = craftArchive(craftHeader({ type, link: 'target', size: octal(700) }), file('next', 'n'));
    assert.deepEqual(
      (await readAll(archive)).map(({ path, size }) => [path, size]),
      [
        ['entry', 0],
        ['next', 1],
      ],
    );
  }
});

test('readTar() skips volume labels and the listing in a GNU directory', async () => {
  const dump = Buffer.concat([craftHeader({ name: 'd/', type: 'D', size: octal(3) }), craftContent('Yx\0')]);
  const entries = await readAll(craftArchive(craftHeader({ type: 'V', name: 'label' }), dump, file('f', 'x')));
  assert.deepEqual(
    entries.map(({ path, type, text }) => [path, type, text]),
    [
      ['d', 'directory', ''],
      ['f', 'file', 'x'],
    ],
  );
});

test('readTar() reads octal numbers with spaces and NULs around, and base-256 in both signs', async () => {
  const base256 = (length: number, ...tail: number[]): Buffer => {
    const bytes = Buffer.alloc(length);
    bytes[0] = 0x80;
    bytes.set(tail, length - tail.length);
    return bytes;
  };
  const entry = await readOne(
    craftHeader({
      mode: '   755 \0',
      uid: '\0\0 12 \0\0',
      gid: base256(8, 0x01, 0x00, 0x00, 0x00),
      mtime: Buffer.alloc(12, 0xff),
    }),
  );
  assert.deepEqual([entry.mode, entry.uid, entry.gid, entry.mtime], [0o755, 10, 0x1000000, -1]);
  assert.equal((await readOne(craftHeader({ uid: '\0\0\0\0\0\0\0\0' }))).uid, 0);
});

test('readTar() accepts checksums over unsigned and over signed bytes', async () => {
  const header = { name: Buffer.from('é') };
  assert.equal((await readOne(craftHeader(header))).path, 'é');
  assert.equal((await readOne(craftHeader({ ...header, signedChecksum: true }))).path, 'é');
});

test('readTar() applies PAX records, local over global, and an empty one takes back', async () => {
  const archive = craftArchive(
    craftPax(
      [
        ['uid', '7'],
        ['gname', 'staff'],
        ['mtime', '1.25'],
      ],
      'g',
    ),
    file('plain', 'a'),
    craftPax([
      ['path', './long//näme'],
      ['uid', '4294967294'],
      ['gname', ''],
      ['mtime', '-3.5'],
      ['uname', 'müller'],
      ['SCHILY.xattr.user.raw', Buffer.from([0, 255, 0x3d, 0x0a])],
      ['LIBARCHIVE.xattr.user.b%3D64', Buffer.from('AP8')],
      ['comment', 'ignored'],
    ]),
    file('short', 'b'),
    file('last', 'c'),
  );
  const [plain, long, last] = await readAll(archive);
  assert.deepEqual([plain!.uid, plain!.groupName, plain!.mtime], [7, 'staff', 1.25]);
  assert.deepEqual([long!.path, long!.uid, long!.groupName, long!.mtime], ['long/näme', 4294967294, undefined, -3.5]);
  assert.equal(long!.userName, 'müller');
  assert.deepEqual(Buffer.from(long!.xattrs!.get('user.raw')!), Buffer.from([0, 255, 0x3d, 0x0a]));
  assert.deepEqual(Buffer.from(long!.xattrs!.get('user.b=64')!), Buffer.from([0, 255]));
  assert.deepEqual([last!.path, last!.uid, last!.xattrs], ['last', 7, undefined]);
});

test('readTar() keeps names that are not UTF-8, from every kind of header', async () => {
  const raw = Buffer.from([0x61, 0xff]);
  assert.equal((await readOne(craftHeader({ name: raw }))).path, 'a\udcff');
  const records = [['hdrcharset', 'BINARY'] as const, ['path', raw] as const, ['linkpath', raw] as const];
  const entry = await readOne(craftPax(records), craftHeader({ type: '2' }));
  assert.deepEqual([entry.path, entry.linkPath], ['a\udcff', 'a\udcff']);
  assert.equal((await readOne(craftExtension('L', raw), craftHeader({}))).path, 'a\udcff');
});

test('readTar() applies GNU long names and links, to one entry only', async () => {
  const long = `${'d/'.repeat(200)}end`;
  const archive = craftArchive(
    craftExtension('K', `${long}-target\0`),
    craftExtension('L', `${long}\0`),
    craftHeader({ type: '2', magic: 'ustar  \0', link: 'short' }),
    craftHeader({ type: '2', name: 'b', link: 'short' }),
  );
  const [first, second] = await readAll(archive);
  assert.deepEqual([first!.path, first!.linkPath], [long, `${long}-target`]);
  assert.deepEqual([second!.path, second!.linkPath], ['b', 'short']);
});

test('readTar() tells where entries and contents lie; reading can start there again', async () => {
  const archive = craftArchive(file('a', 'one'), craftPax([['path', 'b']]), file('x', 'two'));
  const entries = await readAll(archive);
  assert.deepEqual(
    entries.map(({ path, offset, contentOffset }) => [path, offset, contentOffset]),
    [
      ['a', 0, 512],
      ['b', 1024, 2560],
    ],
  );
  assert.equal((await readAll(archive.subarray(1024)))[0]!.path, 'b');
});

test('readTar() gives the same entries however the stream is cut', async () => {
  const archive = craftArchive(file('a', 'x'.repeat(2000)), craftPax([['path', 'b/'.repeat(300)]]), file('b', 'yy'));
  const whole = await readAll(archive);
  for (const size of [1, 7, 511, 512, 513, 1500]) {
    const entries: Read[] = [];
    const cut = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
    };
    for await (const { content, ...header } of readTar(cut())) {
      entries.push({ ...header, text: (await collect(content, { maxBytes: 4000, what: 'x' })).toString() });
    }
    assert.deepEqual(entries, whole);
  }
});

test('readTar() skips content that nobody reads, fully or in part', async () => {
  const archive = craftArchive(file('a', 'x'.repeat(600)), file('b', 'y'.repeat(600)), file('c', 'z'));
  const seen: string[] = [];
  for await (const entry of readTar(fromBuffer(archive))) {
    seen.push(entry.path);
    if (entry.path === 'b') for await (const _ of entry.content) break;
  }
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

test('readTar() refuses content that is asked for twice or too late', async () => {
  const late: ArchivedEntry[] = [];
  for await (const entry of readTar(fromBuffer(craftArchive(file('a', 'x'), file('b', 'y'))))) late.push(entry);
  for (const entry of late) {
    await assert.rejects(
      async () => collect(entry.content, { maxBytes: 10, what: 'x' }),
      (error) => isLadingError(error, 'TAR_INVALID'),
    );
  }
});
