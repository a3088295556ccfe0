import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { fromBuffer } from '@lading/bytes';
import { type ErrorCode, isLadingError, LadingError } from '@lading/errors';
import { appendLayer, openImage, writeLayer } from '@lading/image';
import { isLongRun, temporaryFolder } from '@lading/testkit';
import { type CraftedEntry, craftTar, paxEntry } from '../testing/crafted-tar.ts';
import { linux, workbench } from '../testing/workbench.ts';

type Way = 'context' | 'add' | 'base';
const ways: readonly Way[] = ['context', 'add', 'base'];

/** What a build makes of an archive that comes in that way: the paths of the image, or the code of the error. */
async function taken(
  t: TestContext,
  way: Way,
  archive: Buffer,
  limits?: Record<string, number>,
): Promise<Record<string, string> | ErrorCode> {
  const bench = await workbench(t, { environment: { stdin: fromBuffer(archive) } });
  try {
    if (way === 'context') {
      const file = join(await temporaryFolder(t), 'Dockerfile');
      await writeFile(file, 'FROM scratch\nCOPY . /\n');
      return await bench.files(await bench.build('-', { limits, file: 'Dockerfile' }));
    }
    if (way === 'add') {
      const context = await bench.context({ Dockerfile: 'FROM scratch\nADD archive /\n' });
      await writeFile(join(context, 'archive'), archive);
      return await bench.files(await bench.build(context, { limits }));
    }
    const empty = await bench.build(await bench.context({ Dockerfile: 'FROM scratch\n' }));
    const layer = await writeLayer(bench.output, fromBuffer(archive));
    const base = await appendLayer(bench.output, await bench.image(empty), layer);
    bench.images.set('base', await openImage(bench.output, base.digest, { platform: linux }));
    const context = await bench.context({ Dockerfile: 'FROM scratch\nCOPY --from=base / /\n' });
    return await bench.files(await bench.build(context, { limits }));
  } catch (error) {
    if (!isLadingError(error)) throw error;
    assert.ok(error instanceof LadingError && error.message.length < 600, error.message.slice(0, 200));
    return error.code;
  } finally {
    assert.deepEqual(await bench.leftovers(), []);
  }
}

const dockerfile: CraftedEntry = { name: 'Dockerfile', content: 'FROM scratch\nCOPY . /\n' };

async function outcomes(t: TestContext, entries: readonly CraftedEntry[], limits?: Record<string, number>) {
  const found: Partial<Record<Way, Record<string, string> | ErrorCode>> = {};
  for (const way of ways) found[way] = await taken(t, way, craftTar([dockerfile, ...entries]), limits);
  return found;
}

/** Every way gives this code. */
async function refused(t: TestContext, code: ErrorCode, ...entries: readonly CraftedEntry[]): Promise<void> {
  assert.deepEqual(await outcomes(t, entries), { context: code, add: code, base: code });
}

test('names that climb out are refused, from every side; absolute ones stay inside', async (t) => {
  await refused(t, 'TAR_UNSAFE', { name: '../../etc/passwd', content: 'x' });
  await refused(t, 'TAR_UNSAFE', { name: 'a/../../b', content: 'x' });
  await refused(t, 'TAR_UNSAFE', { name: 'link', type: '1', link: '../../etc/shadow' });
  const { context, add, base } = await outcomes(t, [{ name: '//etc/passwd', content: 'mine' }]);
  for (const files of [context, add, base])
    assert.equal(typeof files === 'object' && files['etc/passwd']?.endsWith('mine'), true);
});

test('a file below a link that leads out reaches nothing but the image', async (t) => {
  const victim = join(await temporaryFolder(t), 'victim');
  await mkdir(victim);
  await writeFile(join(victim, 'file'), 'untouched');
  const entries = [
    { name: 'out', type: '2', link: victim },
    { name: 'out/file', content: 'overwritten' },
    { name: 'up', type: '2', link: '../../../../../../../..' },
    { name: 'up/etc/evil', content: 'x' },
  ];
  const found = await outcomes(t, entries);
  assert.equal(await readFile(join(victim, 'file'), 'utf8'), 'untouched');
  // Of an archive that ADD unpacks, an entry has to be where it says; elsewhere links are followed inside the root.
  assert.equal(found.add, 'BUILD_INVALID');
  for (const files of [found.context, found.base]) {
    assert.ok(typeof files === 'object');
    assert.equal(files[`${victim.slice(1)}/file`]?.endsWith('overwritten'), true);
    assert.equal(files['etc/evil']?.endsWith('x'), true);
  }
});

test('links and hard links to what is not there are refused where they are copied', async (t) => {
  const { context, add } = await outcomes(t, [{ name: 'link', type: '1', link: 'nothing' }]);
  assert.deepEqual([context, add], ['BUILD_INVALID', 'BUILD_INVALID']);
  const bench = await workbench(t);
  const folder = await bench.context({ Dockerfile: 'FROM scratch\nCOPY out /\n' });
  await symlink('/etc/hostname', join(folder, 'out'));
  await assert.rejects(
    bench.build(folder),
    (error) => isLadingError(error, 'BUILD_INVALID') && /link to \/etc\/hostname/.test(error.message),
  );
  const piped = await workbench(t, {
    environment: {
      stdin: fromBuffer(
        craftTar([
          { name: 'Dockerfile', content: 'FROM scratch\nCOPY out /\n' },
          { name: 'out', type: '2', link: '/etc/hostname' },
        ]),
      ),
    },
  });
  await assert.rejects(
    piped.build('-'),
    (error) => isLadingError(error, 'BUILD_INVALID') && /link to \/etc\/hostname/.test(error.message),
  );
});

test('devices are refused by ADD outside /dev, and are no part of a context', async (t) => {
  const disk: CraftedEntry = { name: 'disk', type: '4', device: [8, 0] };
  const { context, add } = await outcomes(t, [disk, { name: 'pipe', type: '6' }]);
  assert.equal(add, 'BUILD_INVALID');
  assert.ok(typeof context === 'object');
  assert.deepEqual(Object.keys(context), ['Dockerfile']);
  const usual = await taken(t, 'add', craftTar([{ name: 'dev/null', type: '3', device: [1, 3] }]));
  assert.ok(typeof usual === 'object' && usual['dev/null'] !== undefined);
  const named = craftTar([{ name: 'Dockerfile', content: 'FROM scratch\nCOPY disk /\n' }, disk]);
  assert.equal(await taken(t, 'context', named), 'BUILD_INVALID');
});

test('huge and endless headers, and archives that are cut off or lie about sizes, are refused', async (t) => {
  await refused(t, 'TAR_INVALID', { ...paxEntry({ comment: 'x'.repeat(2 << 20) }) }, { name: 'a' });
  await refused(t, 'TAR_INVALID', ...Array.from({ length: 2000 }, () => paxEntry({ comment: 'x'.repeat(600) })), {
    name: 'a',
  });
  await refused(t, 'TAR_INVALID', { name: 'pax', type: 'x', size: 2 ** 32 });
  await refused(t, 'TAR_INVALID', { name: 'a', content: 'short', size: 1 << 20 });
  await refused(t, 'TAR_INVALID', { ...paxEntry({ size: '-1' }) }, { name: 'a' });
  await refused(t, 'TAR_UNSUPPORTED', { name: 'd/'.repeat(20), type: 'Z' });
});

test('bombs end at their limit: many entries, many bytes, holes, and what grows without measure', async (t) => {
  const many = Array.from({ length: 50 }, (_, index) => ({ name: `f${index}` }));
  assert.deepEqual(await outcomes(t, many, { entries: 20 }), {
    context: 'BYTES_LIMIT',
    add: 'BYTES_LIMIT',
    base: 'BYTES_LIMIT',
  });
  const large = [{ name: 'large', content: Buffer.alloc(200_000) }];
  assert.deepEqual(await outcomes(t, large, { bytes: 100_000 }), {
    context: 'BYTES_LIMIT',
    add: 'BYTES_LIMIT',
    base: 'BYTES_LIMIT',
  });
  const packed = gzipSync(craftTar([dockerfile, ...large]));
  for (const way of ['context', 'add'] as const)
    assert.equal(await taken(t, way, packed, { bytes: 100_000 }), 'BYTES_LIMIT');
  // A file that is one hole of 512 GiB takes no byte in its archive.
  const hole = [
    paxEntry({
      'GNU.sparse.major': '0',
      'GNU.sparse.minor': '1',
      'GNU.sparse.name': 'hole',
      'GNU.sparse.size': String(2 ** 39),
      'GNU.sparse.map': `${2 ** 39},0`,
    }),
    { name: 'hole' },
  ];
  assert.deepEqual(await outcomes(t, hole), { context: 'BYTES_LIMIT', add: 'BYTES_LIMIT', base: 'BYTES_LIMIT' });
});

test('a small archive that unpacks to gigabytes is stopped by its ratio before it fills the disk', async (t) => {
  if (!isLongRun(t)) return;
  const frame = zstdCompressSync(Buffer.alloc(64 << 20));
  const head = craftTar([dockerfile, { name: 'zeros', size: 8 * 2 ** 30 - 1 }]).subarray(0, 1536);
  const bomb = Buffer.concat([zstdCompressSync(head), ...Array.from({ length: 32 }, () => frame)]);
  assert.ok(bomb.length < 1 << 20);
  assert.equal(await taken(t, 'context', bomb), 'BYTES_LIMIT');
});

test('names with line breaks and bytes that are not UTF-8 arrive as they are; of two entries with one name the later counts', async (t) => {
  const found = await outcomes(t, [
    { name: 'line\nbreak', content: '1' },
    { name: Buffer.from([0x62, 0xff]), content: '2' },
    { name: 'twice', content: 'first' },
    { name: 'twice', content: 'second' },
    { name: 'was-a-file', content: 'x' },
    { name: 'was-a-file/', type: '5' },
    { name: 'was-a-file/in', content: 'y' },
  ]);
  for (const way of ways) {
    const files = found[way];
    assert.ok(typeof files === 'object', way);
    assert.deepEqual(
      Object.entries(files)
        .filter(([path]) => path !== 'Dockerfile')
        .map(([path, shown]) => `${path}=${shown.slice(9)}`),
      ['b\udcff=2', 'line\nbreak=1', 'twice=second', 'was-a-file=/', 'was-a-file/in=y'],
    );
  }
});
