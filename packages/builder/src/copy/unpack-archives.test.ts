import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, link, mkdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { collect, fromBuffer, gzip } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { findProgram, skipUnless } from '@lading/testkit';
import { tarOf, type Workbench, workbench } from '../testing/workbench.ts';

async function added(
  t: TestContext,
  fill: (folder: string, tree: string) => Promise<void>,
  instruction = 'ADD file /x/',
): Promise<Record<string, string>> {
  const bench = await workbench(t);
  const context = await bench.context({ Dockerfile: `FROM scratch\n${instruction}\n`, 'tree/a/one': '1' });
  await fill(context, join(context, 'tree'));
  return bench.files(await bench.build(context));
}

const unpacked = { x: '0755 0:0 /', 'x/a': '0755 0:0 /', 'x/a/one': '0644 0:0 1' };

const programs: Readonly<Record<string, string>> = { j: 'bzip2', J: 'xz', '-zstd -': 'zstd' };

test('ADD knows archives of every compression and dialect by their content', async (t) => {
  for (const flags of ['', 'z', 'j', 'J', '-zstd -']) {
    for (const format of ['v7', 'ustar', 'gnu', 'pax']) {
      if (!skipUnless(t, findProgram(programs[flags] ?? 'tar') !== undefined, flags)) return;
      const files = await added(t, async (folder, tree) => {
        const compress = flags.includes('zstd') ? ['--zstd'] : flags === '' ? [] : [`-${flags}`];
        execFileSync('tar', [
          '-C',
          tree,
          '-c',
          ...compress,
          `--format=${format}`,
          '--owner=0',
          '--group=0',
          '-f',
          join(folder, 'file'),
          'a',
        ]);
      });
      assert.deepEqual(files, unpacked, `${format} ${flags}`);
    }
  }
});

test('ADD copies what only looks like an archive', async (t) => {
  const zipped = await collect(gzip(fromBuffer('no tar')), { maxBytes: 1000, what: 'gzip' });
  const cases: [string, Uint8Array | string][] = [
    ['text.tar', 'no archive at all'],
    ['text.gz', zipped],
    ['cut.gz', zipped.subarray(0, 12)],
    ['zeros.tar', Buffer.alloc(10240)],
    ['empty.tar', ''],
  ];
  for (const [name, content] of cases) {
    const files = await added(t, (folder) => writeFile(join(folder, name), content), `ADD ${name} /x/`);
    assert.deepEqual(Object.keys(files), ['x', `x/${name}`]);
  }
});

test('ADD refuses archives that reach outside, or that would delete', async (t) => {
  const fails = async (fill: (folder: string, tree: string) => Promise<void>, ...codes: string[]): Promise<void> => {
    await assert.rejects(
      added(t, fill),
      (error) => error instanceof Error && isLadingError(error) && codes.includes(error.code),
    );
  };
  await fails(async (folder, tree) => {
    execFileSync('tar', ['-C', join(tree, 'a'), '-cPf', join(folder, 'file'), '../../tree/a/one']);
  }, 'TAR_UNSAFE');
  await fails(async (folder, tree) => {
    tarOf(tree, join(folder, 'file'), '', ['a']);
    await writeFile(join(tree, '.wh.gone'), '');
    tarOf(tree, join(folder, 'file'), '', ['.wh.gone']);
  }, 'BUILD_INVALID');
});

test('an archive brings modes, links and hard links; a folder named late gets its metadata all the same', async (t) => {
  const files = await added(t, async (folder, tree) => {
    await chmod(join(tree, 'a/one'), 0o4711);
    await link(join(tree, 'a/one'), join(tree, 'a/two'));
    await symlink('../../../etc/passwd', join(tree, 'a/out'));
    await mkdir(join(tree, 'b'), { mode: 0o700 });
    await chmod(join(tree, 'a'), 0o750);
    tarOf(tree, join(folder, 'file'), '', ['--no-recursion', 'a/one', 'a/two', 'a/out', 'b', 'a']);
  });
  assert.deepEqual(files, {
    x: '0755 0:0 /',
    'x/a': '0750 0:0 /',
    'x/a/one': '4711 0:0 1',
    'x/a/out': '-> ../../../etc/passwd',
    'x/a/two': '4711 0:0 1',
    'x/b': '0700 0:0 /',
  });
});

test('a damaged archive leaves nothing behind', async (t) => {
  const bench: Workbench = await workbench(t);
  const context = await bench.context({
    Dockerfile: 'FROM scratch\nADD file /x/\n',
    'tree/a/one': 'x'.repeat(100_000),
  });
  tarOf(join(context, 'tree'), join(context, 'file'), 'z', ['a']);
  await appendFile(join(context, 'file'), 'rubbish');
  await truncate(join(context, 'file'), (await stat(join(context, 'file'))).size - 30);
  await assert.rejects(
    bench.build(context),
    (error) => isLadingError(error, 'BYTES_CORRUPT', 'TAR_INVALID') && error.details.line === 2,
  );
  assert.deepEqual(await bench.leftovers(), []);
});
