import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, fromBuffer } from '@lading/bytes';
import { type ErrorCode, isLadingError } from '@lading/errors';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import type { EntryType, TarEntryInput, TarHeader } from './entry.ts';
import { decodeName } from './names.ts';
import { normalizePath } from './path.ts';
import { readTar } from './read.ts';
import { writeTar } from './write.ts';

const plain = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 1_700_000_000 } as const;

async function write(entries: Iterable<TarEntryInput>): Promise<Buffer> {
  return collect(writeTar(entries), { maxBytes: 64 << 20, what: 'an archive' });
}

function file(path: string, text: string, more: Partial<TarHeader> = {}): TarEntryInput {
  const content = Buffer.from(text);
  return { ...plain, path, type: 'file', ...more, size: content.length, content: fromBuffer(content) };
}

async function refused(code: ErrorCode, ...entries: TarEntryInput[]): Promise<void> {
  await assert.rejects(write(entries), (error) => isLadingError(error, code));
}

test('writeTar() writes bare ustar where it can, ended by two zero blocks', async () => {
  const archive = await write([{ ...plain, path: 'd', type: 'directory', mode: 0o755 }, file('d/f', 'hello')]);
  assert.equal(archive.length, 512 + 512 + 512 + 1024);
  assert.equal(archive.toString('latin1', 0, 3), 'd/\0');
  assert.equal(archive.toString('latin1', 257, 265), 'ustar\x0000');
  assert.equal(archive.toString('latin1', 265, 329), '\0'.repeat(64), 'no user or group name');
});

test('writeTar() gives these bytes, now and in ten years', async () => {
  const archive = await write([
    { ...plain, path: '', type: 'directory', mode: 0o755 },
    file('a', 'x', {
      uid: 3_000_000,
      mtime: -1.5,
      xattrs: new Map([
        ['user.b', Buffer.from('2')],
        ['user.a', Buffer.from('1')],
      ]),
    }),
    { ...plain, path: 'é', type: 'symlink', linkPath: '/x', mode: 0o777 },
    { ...plain, path: 'ÿ\udcff', type: 'hardlink', linkPath: 'a' },
    { ...plain, path: 'n', type: 'character', deviceMajor: 1, deviceMinor: 3 },
  ]);
  assert.equal(
    createHash('sha256').update(archive).digest('hex'),
    '99b8cbb0609fc4420d104a0efc948d877f94edfefe941f956de4dfd05c3ff9d4',
  );
});

test('writeTar() sorts PAX keys and writes only those needed', async () => {
  const xattrs = new Map(['user.z', 'user.a', 'security.capability'].map((name) => [name, Buffer.from('v')]));
  const archive = await write([{ ...plain, path: 'é', type: 'file', uid: 2 ** 31, xattrs }]);
  const keys = [...archive.toString('latin1', 512, 1024).matchAll(/\d+ ([^=]+)=/g)].map((match) => match[1]);
  const names = ['SCHILY.xattr.security.capability', 'SCHILY.xattr.user.a', 'SCHILY.xattr.user.z', 'path', 'uid'];
  assert.deepEqual(keys, names);
});

test('writeTar() splits long ASCII names at a slash and needs no PAX for them', async () => {
  const path = `${'p'.repeat(155)}/${'n'.repeat(100)}`;
  assert.equal((await write([{ ...plain, path, type: 'file' }])).length, 512 + 1024);
  assert.equal((await write([{ ...plain, path: `${path}x`, type: 'file' }])).length, 3 * 512 + 1024);
});

test('writeTar() refuses content that is not as long as its header says', async () => {
  await refused('SIZE_MISMATCH', { ...file('a', 'abc'), size: 2 });
  await refused('SIZE_MISMATCH', { ...file('a', 'abc'), size: 4 });
  await refused('SIZE_MISMATCH', { ...plain, path: 'a', type: 'file', size: 1 });
});

test('writeTar() refuses what tar cannot hold', async () => {
  await refused('TAR_UNSAFE', file('../a', ''));
  await refused('TAR_UNSAFE', file('/a', ''));
  await refused('TAR_UNSAFE', { ...plain, path: 'a', type: 'hardlink', linkPath: '../b' });
  await refused('TAR_UNSUPPORTED', file('', ''));
  await refused('TAR_UNSUPPORTED', file('a', '', { mode: 0o100644 }));
  await refused('TAR_UNSUPPORTED', file('a', '', { uid: -1 }));
  await refused('TAR_UNSUPPORTED', file('a', '', { mtime: Number.NaN }));
  await refused('TAR_UNSUPPORTED', { ...plain, path: 'a', type: 'symlink' });
  await refused('TAR_UNSUPPORTED', { ...plain, path: 'a', type: 'symlink', linkPath: 'a\0b' });
  await refused('TAR_UNSUPPORTED', { ...plain, path: 'a', type: 'block', deviceMajor: 2 ** 24 });
  await refused('TAR_UNSUPPORTED', file('a', '', { xattrs: new Map([['a=b', Buffer.from('x')]]) }));
});

const nameBytes = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '.', '-', ' ', '\n'), minLength: 1 }),
  },
  { weight: 2, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => decodeName(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 90, max: 300 }).map((length) => 'x'.repeat(length)) },
);
const pathText = fc
  .array(nameBytes, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('/').replaceAll('\0', '_'))
  .filter((path) => isNormalised(path));

function isNormalised(path: string): boolean {
  try {
    return path !== '' && normalizePath(path) === path;
  } catch {
    return false;
  }
}

const types: EntryType[] = ['file', 'directory', 'symlink', 'hardlink', 'character', 'block', 'fifo'];
const id = fc.oneof(fc.nat(70_000), fc.constantFrom(0o7777777, 0o10000000, 2 ** 32 - 2, Number.MAX_SAFE_INTEGER));
const header = fc
  .record({
    path: pathText,
    type: fc.constantFrom(...types),
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    mtime: fc.oneof(fc.integer(), fc.constantFrom(0o77777777777, 0o100000000000, -1)),
    linkPath: pathText,
    deviceMajor: fc.nat(0o7777777),
    deviceMinor: fc.nat(0o7777777),
    content: fc.oneof(
      fc.uint8Array({ maxLength: 1200 }),
      fc.constantFrom(new Uint8Array(512), new Uint8Array(300_000)),
    ),
    xattrs: fc.dictionary(
      fc.string({ unit: fc.constantFrom('a', 'b', '.', 'é'), minLength: 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 30 }),
      { maxKeys: 3 },
    ),
  })
  .map(({ content, xattrs, linkPath, deviceMajor, deviceMinor, ...common }) => {
    const isLink = common.type === 'symlink' || common.type === 'hardlink';
    const isDevice = common.type === 'character' || common.type === 'block';
    const names = Object.entries(xattrs);
    const head: TarHeader = {
      ...common,
      size: common.type === 'file' ? content.length : 0,
      ...(isLink ? { linkPath } : {}),
      ...(isDevice ? { deviceMajor, deviceMinor } : {}),
      ...(names.length === 0 ? {} : { xattrs: new Map(names) }),
    };
    return { head, content: common.type === 'file' ? Buffer.from(content) : Buffer.alloc(0) };
  });

test('readTar(writeTar(entries)) gives the entries back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(header, { maxLength: 6 }), async (entries) => {
      const archive = await write(entries.map(({ head, content }) => ({ ...head, content: fromBuffer(content) })));
      const back: { head: TarHeader; content: Buffer }[] = [];
      for await (const { content, offset: _o, contentOffset, sparse, ...head } of readTar(fromBuffer(archive))) {
        assert.equal(sparse, false);
        const data = await collect(content, { maxBytes: 1 << 20, what: 'x' });
        assert.ok(data.equals(archive.subarray(contentOffset, contentOffset + head.size)));
        back.push({
          head: { ...head, ...(head.xattrs === undefined ? {} : { xattrs: plainMap(head.xattrs) }) },
          content: data,
        });
      }
      assert.deepEqual(
        back.map(({ head }) => head),
        entries.map(({ head }) => head),
      );
      for (const [at, { content }] of back.entries()) assert.ok(content.equals(entries[at]!.content));
    }),
    { numRuns: 150 },
  );
});

function plainMap(xattrs: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  return new Map([...xattrs].map(([name, value]) => [name, Uint8Array.from(value)]));
}

const shown: TarEntryInput[] = [
  { ...plain, path: '', type: 'directory', mode: 0o755 },
  { ...plain, path: 'd', type: 'directory', mode: 0o1777 },
  file('d/é', 'hello', { uid: 4_000_000 }),
  file(`${'long/'.repeat(60)}name`, 'deep'),
  { ...plain, path: 'hard', type: 'hardlink', linkPath: 'd/é' },
  { ...plain, path: 'sym', type: 'symlink', linkPath: 't'.repeat(150), mode: 0o777 },
  { ...plain, path: 'null', type: 'character', deviceMajor: 1, deviceMinor: 3 },
  file('early', '', { mtime: -10 }),
];

async function archiveOnDisk(t: Parameters<typeof temporaryFolder>[0]): Promise<string> {
  const path = join(await temporaryFolder(t), 'archive.tar');
  await writeFile(path, await write(shown));
  return path;
}

test('GNU tar and bsdtar list what writeTar() wrote, without a warning', async (t) => {
  const archive = await archiveOnDisk(t);
  const programs = [findProgram('tar'), findProgram('bsdtar')].filter((path) => path !== undefined);
  if (!skipUnless(t, programs.length > 0, 'no tar program')) return;
  for (const program of programs) {
    const result = await runProgram(program, ['-tvf', archive], {
      env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    });
    assert.deepEqual([result.code, result.stderr], [0, ''], program);
    const lines = result.stdout.trimEnd().split('\n');
    assert.equal(lines.length, shown.length);
    assert.match(lines[2]!, /^-rw-r--r--.*4000000.* 5 .*d\/é$/);
    assert.match(lines[3]!, /(long\/){60}name$/);
    assert.match(lines[4]!, /^h?.*hard link to d\/é$/);
    assert.match(lines[5]!, /sym -> t{150}$/);
    assert.match(lines[6]!, /^c.*1, ?3/);
  }
});

test("Python's tarfile reads what writeTar() wrote", async (t) => {
  const python = findProgram('python3');
  if (!skipUnless(t, python !== undefined, 'no python3')) return;
  const archive = await archiveOnDisk(t);
  const script = `import sys, tarfile, json
t = tarfile.open(sys.argv[1])
print(json.dumps([[m.name, m.size, m.uid, int(m.mtime), m.linkname] for m in t.getmembers()]))
print(t.extractfile("d/é").read().decode())`;
  const result = await runProgram(python!, ['-X', 'utf8', '-c', script, archive]);
  assert.equal(result.code, 0, result.stderr);
  const [list, content] = result.stdout.trimEnd().split('\n');
  assert.equal(content, 'hello');
  assert.deepEqual(
    JSON.parse(list!),
    shown.map((entry) => [
      entry.path === '' ? '.' : entry.path,
      entry.size,
      entry.uid,
      entry.mtime,
      entry.linkPath ?? '',
    ]),
  );
});
