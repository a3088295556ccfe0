// No archive reaches anything outside of where it is unpacked.
import assert from 'node:assert/strict';
import { symlink as link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import type { TarEntryInput } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { entry } from './internal/made-layer.ts';
import { listing, unpack } from './testing/unpacked.ts';

const { file, directory, symlink, hardlink, device } = entry;

async function withOutside(t: Parameters<typeof temporaryFolder>[0]): Promise<{ root: string; outside: string }> {
  const folder = await temporaryFolder(t);
  const outside = join(folder, 'outside');
  await mkdir(join(outside, 'sub'), { recursive: true });
  await writeFile(join(outside, 'secret'), 'secret');
  await link('secret', join(outside, 'alias'));
  return { root: join(folder, 'root'), outside };
}

/** Named after what was wrong in other programs. Each archive must leave the outside as it was. */
const attacks: Record<string, (outside: string) => TarEntryInput[]> = {
  'a file written through an absolute symlink': (outside) => [symlink('l', outside), file('l/secret', 'owned')],
  'a file written through a relative symlink': () => [symlink('l', '../outside'), file('l/secret', 'owned')],
  'a file written over a symlink': (outside) => [symlink('l', `${outside}/secret`), file('l', 'owned')],
  'a directory made over a symlink takes its place': (outside) => [
    symlink('l', `${outside}/sub`),
    directory('l', { mode: 0o777, mtime: 1 }),
    file('l/new', 'owned'),
  ],
  'CVE-2021-32803: a directory replaced by a symlink after it was known': (outside) => [
    directory('d'),
    file('d/first'),
    symlink('d', outside),
    file('d/secret', 'owned'),
  ],
  'a hard link to outside through a symlink, then written': (outside) => [
    symlink('l', outside),
    file('outside-inside/secret', 'inside'),
    symlink('l', '/outside-inside'),
    hardlink('h', 'l/secret'),
    file('h', 'owned'),
  ],
  'modes and times of a directory that became a symlink': (outside) => [
    directory('d', { mode: 0o777, mtime: 5 }),
    symlink('d', `${outside}/sub`),
  ],
  'modes below a directory that became a symlink': (outside) => [
    directory('d/sub', { mode: 0o777, mtime: 5 }),
    symlink('d', outside),
  ],
  'attributes and devices below a directory that became a symlink': (outside) => [
    directory('d/sub', { xattrs: new Map([['user.x', Buffer.from('1')]]) }),
    { ...device('d/fifo', 0, 0), type: 'fifo' },
    file('d/secret', 'x', { xattrs: new Map([['user.x', Buffer.from('1')]]) }),
    file('d/.wh.alias'),
    file('d/sub/.wh..wh..opq'),
    symlink('d', outside),
  ],
  'attributes on a symlink and below one': (outside) => [
    { ...symlink('l', `${outside}/secret`), xattrs: new Map([['user.x', Buffer.from('1')]]) },
    symlink('m', outside),
    directory('m/sub', { xattrs: new Map([['user.x', Buffer.from('1')]]), mode: 0o700 }),
  ],
  'whiteouts through a symlink': (outside) => [symlink('l', outside), file('l/.wh.secret'), file('l/.wh..wh..opq')],
  'a whiteout of a symlink removes the link': (outside) => [symlink('l', outside), file('.wh.l')],
  'a chain of symlinks': (outside) => [
    symlink('1', '2/x'),
    symlink('2/x', '/3'),
    symlink('3', `../../..${outside}`),
    file('1/secret', 'owned'),
  ],
  'duplicates that change type back and forth': (outside) => [
    file('x', '1'),
    directory('x'),
    file('x/secret', '2'),
    symlink('x', outside),
    file('x', '3'),
    symlink('x', outside),
    directory('x/sub', { mode: 0o777 }),
    file('x/secret', '4'),
  ],
};

for (const [name, attack] of Object.entries(attacks)) {
  test(`unpackLayer() touches nothing outside: ${name}`, async (t) => {
    const { root, outside } = await withOutside(t);
    const before = await listing(outside);
    for (const whiteouts of ['overlay', 'apply', 'keep', 'apply'] as const) {
      await unpack(root, attack(outside), { whiteouts });
      assert.deepEqual(await listing(outside), before, whiteouts);
    }
  });
}

test('unpackLayer() refuses entries below symlinks in circles', async (t) => {
  const { root } = await withOutside(t);
  const entries = [symlink('a', 'b'), symlink('b', 'a'), file('a/x', 'x')];
  await assert.rejects(unpack(root, entries), (error) => isLadingError(error, 'TAR_INVALID'));
});

test('unpackLayer() refuses hard links to what is not in the root', async (t) => {
  const { root, outside } = await withOutside(t);
  for (const entries of [
    [hardlink('h', `${outside}/secret`.slice(1))],
    [symlink('l', outside), hardlink('h', 'l/secret')],
    [hardlink('h', 'nowhere')],
    [directory('d'), hardlink('h', 'd')],
    [hardlink('h', 'h')],
  ]) {
    await assert.rejects(unpack(root, entries), (error) => isLadingError(error, 'TAR_INVALID'));
  }
});

test('unpackLayer() touches nothing outside, whatever comes in whatever order', async (t) => {
  const { root, outside } = await withOutside(t);
  const before = await listing(outside);
  const name = fc.constantFrom('a', 'b', 'sub', 'secret', '.wh.a', '.wh.secret', '.wh..wh..opq');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const target = fc.constantFrom(
    outside,
    '../outside',
    '../../outside/sub',
    `${outside}/secret`,
    '/',
    '..',
    'a',
    'b/sub',
  );
  const xattrs = new Map([['user.x', Buffer.from('1')]]);
  const any = fc.oneof(
    path.map((at) => file(at, 'owned', { mode: 0o777 })),
    path.map((at) => directory(at, { mode: 0o777, mtime: 1 })),
    fc.tuple(path, target).map(([at, to]) => symlink(at, to)),
    fc.tuple(path, path).map(([at, to]) => hardlink(at, to)),
    { weight: 1, arbitrary: path.map((at) => directory(at, { xattrs })) },
    { weight: 1, arbitrary: path.map((at) => file(at, 'x', { xattrs })) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(any, { maxLength: 10 }),
      fc.constantFrom('overlay', 'apply', 'keep'),
      async (entries, whiteouts) => {
        try {
          await unpack(root, entries, { whiteouts });
        } catch (error) {
          assert.ok(isLadingError(error, 'TAR_INVALID', 'TAR_UNSAFE'), String(error));
        }
        assert.deepEqual(await listing(outside), before);
      },
    ),
    { numRuns: 40 },
  );
});
