import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drain, fromBuffer } from '@lading/bytes';
import { type ErrorCode, isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { craftArchive, craftContent, craftExtension, craftHeader, craftPax, octal } from './internal/crafted.ts';
import { type ReadTarOptions, readTar } from './read.ts';
import { writeTar } from './write.ts';

async function paths(archive: Uint8Array, options: ReadTarOptions = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of readTar(fromBuffer(archive), options)) {
    found.push(entry.path);
    await drain(entry.content);
  }
  return found;
}

async function refused(code: ErrorCode, pattern: RegExp, archive: Uint8Array, options?: ReadTarOptions): Promise<void> {
  await assert.rejects(paths(archive, options), (error) => {
    assert.ok(isLadingError(error, code), String(error));
    assert.match(error.message, pattern);
    return true;
  });
}

const entry = craftHeader({});

test('a path that climbs is refused wherever it stands; the error names entry and offset', async () => {
  const unsafe = /"a\/\.\.\/\.\.\/b" at byte 0: .*outside the archive's root/;
  await refused('TAR_UNSAFE', unsafe, craftArchive(craftHeader({ name: 'a/../../b' })));
  await refused('TAR_UNSAFE', unsafe, craftArchive(craftPax([['path', 'a/../../b']]), entry));
  await refused('TAR_UNSAFE', unsafe, craftArchive(craftExtension('L', 'a/../../b\0'), entry));
  await refused('TAR_UNSAFE', /outside/, craftArchive(craftHeader({ name: 'b', prefix: '..' })));
});

test('a hard link that climbs is refused; an absolute one stays inside', async () => {
  await refused('TAR_UNSAFE', /outside/, craftArchive(craftHeader({ type: '1', link: '../../etc/shadow' })));
  for await (const { linkPath } of readTar(fromBuffer(craftArchive(craftHeader({ type: '1', link: '/etc/shadow' }))))) {
    assert.equal(linkPath, 'etc/shadow');
  }
});

test('absolute paths lose their leading slashes (CVE-2021-32804: all of them)', async () => {
  assert.deepEqual(await paths(craftArchive(craftHeader({ name: '////etc/passwd' }))), ['etc/passwd']);
});

test('a PAX size wins over the size in the header, so that no entry can hide in content (CVE-2025-62518)', async () => {
  const inner = craftHeader({ name: 'smuggled' });
  const archive = craftArchive(
    craftPax([['size', '512']]),
    craftHeader({ name: 'outer', size: octal(0) }),
    inner,
    craftHeader({ name: 'after' }),
  );
  assert.deepEqual(await paths(archive), ['outer', 'after']);
});

test('a PAX size does not apply to the extension headers in between', async () => {
  const archive = craftArchive(craftPax([['size', '3']]), craftExtension('L', 'long\0'), entry, craftContent('abc'));
  assert.deepEqual(await paths(archive), ['long']);
});

test('extension headers are bounded in size and number (CVE-2022-2879)', async () => {
  const limit = { maxMetadataBytes: 4096 };
  await refused('TAR_INVALID', /exceed 4096/, craftArchive(craftExtension('L', 'x'.repeat(5000)), entry), limit);
  await refused('TAR_INVALID', /exceed/, craftArchive(craftHeader({ type: 'x', size: octal(2 ** 32) })));
  const flood = Array.from({ length: 20 }, () => craftPax([['comment', 'x']]));
  await refused('TAR_INVALID', /exceed 4096/, craftArchive(...flood, entry), limit);
  const globals = Array.from({ length: 20 }, (_, at) => craftPax([[`comment${at}`, 'x'.repeat(300)]], 'g'));
  await refused('TAR_INVALID', /global headers exceed 4096/, craftArchive(...globals, entry), limit);
});

test('PAX records with hostile lengths are refused', async () => {
  const records = [
    '0 a=b\n',
    '5 a=b\n',
    '7 a=b\n',
    '99999999999999999999 a=b\n',
    '-6 a=b\n',
    '6a=b\n',
    '6 a=bc',
    '4 a\n',
    '5 =b\n',
    ' 6 a=b\n',
    '3 \n',
    '6',
  ];
  for (const record of records) {
    await refused('TAR_INVALID', /PAX header is damaged/, craftArchive(craftExtension('x', record), entry));
  }
});

test('a NUL in a PAX path is refused', async () => {
  await refused('TAR_INVALID', /has a NUL/, craftArchive(craftPax([['path', 'a\0b']]), entry));
  await refused('TAR_INVALID', /has a NUL/, craftArchive(craftPax([['linkpath', 'a\0b']]), craftHeader({ type: '2' })));
});

test('impossible numbers are refused', async () => {
  const negative = Buffer.alloc(12, 0xff);
  const huge = Buffer.concat([Buffer.of(0x80), Buffer.alloc(11, 0xff)]);
  await refused('TAR_INVALID', /size -1 is out of range/, craftArchive(craftHeader({ size: negative })));
  await refused('TAR_INVALID', /size is too large/, craftArchive(craftHeader({ size: huge })));
  await refused('TAR_INVALID', /size is not a number/, craftArchive(craftHeader({ size: '0000000008x\0' })));
  await refused('TAR_INVALID', /owner is negative/, craftArchive(craftHeader({ uid: negative.subarray(4) })));
  for (const size of ['-1', '9007199254740993', '1e3', '0x10', ' 1', '1.5']) {
    await refused('TAR_INVALID', /record size is not a number/, craftArchive(craftPax([['size', size]]), entry));
  }
  await refused('TAR_INVALID', /mtime is not a time/, craftArchive(craftPax([['mtime', 'NaN']]), entry));
  await refused('TAR_INVALID', /exceed/, craftArchive(craftHeader({ type: 'x', size: negative })));
});

test('a wrong checksum is refused', async () => {
  const damaged = Buffer.from(entry);
  damaged[0] = 0x41;
  await refused('TAR_INVALID', /checksum \d+, not the stated \d+/, craftArchive(damaged));
  await refused('TAR_INVALID', /checksum/, Buffer.alloc(1024, 'not a tar archive at all '));
});

test('entries without names, links without targets and lone zero blocks are refused', async () => {
  await refused('TAR_INVALID', /has no name/, craftArchive(craftHeader({ name: '' })));
  await refused('TAR_INVALID', /has no name/, craftArchive(craftHeader({ name: './', type: '2', link: 'x' })));
  await refused('TAR_INVALID', /has no target/, craftArchive(craftHeader({ type: '2' })));
  await refused('TAR_INVALID', /has no target/, craftArchive(craftHeader({ type: '1', link: './' })));
  await refused('TAR_INVALID', /single zero block/, craftArchive(entry, Buffer.alloc(512), entry));
  await refused('TAR_INVALID', /between an extension header/, craftArchive(craftPax([['path', 'x']])));
});

test('unknown types and continued volumes are refused, not taken for files', async () => {
  for (const type of ['M', 'N', 'Z', '8', '\x80']) {
    await refused('TAR_UNSUPPORTED', /is not supported/, craftArchive(craftHeader({ type })));
  }
});

test('readTar() throws nothing but LadingError, and ends, on mutated archives', async () => {
  const header = { mode: 0o644, uid: 0, gid: 0, mtime: 1, size: 0 };
  const parts: Uint8Array[] = [];
  const source = writeTar([
    { ...header, path: 'directory', type: 'directory' },
    {
      ...header,
      path: 'näme',
      type: 'file',
      size: 5,
      content: fromBuffer('hello'),
      xattrs: new Map([['user.a', entry]]),
    },
    { ...header, path: 'link', type: 'symlink', linkPath: 'x'.repeat(200) },
  ]);
  for await (const part of source) parts.push(Buffer.from(part));
  const sparse = craftHeader({
    type: 'S',
    magic: 'ustar  \0',
    size: octal(4),
    raw: new Map([
      [386, octal(0) + octal(4)],
      [483, octal(9000)],
    ]),
  });
  const seed = Buffer.concat([sparse, craftContent('abcd'), ...parts]);
  const mutation = fc.tuple(fc.nat(seed.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(seed.length), { nil: seed.length }),
      fc.boolean(),
      async (mutations, length, fixChecksums) => {
        const archive = Buffer.from(seed.subarray(0, length));
        for (const [at, value] of mutations) if (at < archive.length) archive[at] = value;
        if (fixChecksums) repair(archive);
        try {
          for await (const { content } of readTar(fromBuffer(archive))) {
            // A hole may be a tebibyte of zeros: look at some of it.
            let bytes = 0;
            for await (const part of content) {
              bytes += part.length;
              if (bytes > 1 << 22) break;
            }
          }
        } catch (error) {
          assert.ok(isLadingError(error), String(error));
        }
      },
    ),
    { numRuns: 600 },
  );
});

/** Sets every block's checksum field as if it were a header, so that mutations get past the first check. */
function repair(archive: Buffer): void {
  for (let at = 0; at + 512 <= archive.length; at += 512) {
    if (archive.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    archive.fill(0x20, at + 148, at + 156);
    const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
}
