// What a layer means is the same whether it is unpacked or read.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { findProgram, runProgram, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { entry, layerOf } from './internal/made-layer.ts';
import { isRoot, listing, unpack } from './testing/unpacked.ts';
import { union } from './union.ts';

const { file, directory, symlink } = entry;

async function refusalOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    assert.ok(isLadingError(error), String(error));
    return error.message;
  }
}

test('unpackLayer() and union() agree on what a layer means', async (t) => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const target = fc.constantFrom('a', '/b', '../c', '..', '.', '/a/b', '../../../../b/c', 'nowhere/x');
  const any = fc.oneof(
    fc.tuple(path, fc.constantFrom('1', '22')).map(([at, text]) => file(at, text)),
    path.map((at) => directory(at)),
    fc.tuple(path, target).map(([at, to]) => symlink(at, to)),
  );
  const top = await temporaryFolder(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(any, { maxLength: 12 }),
      fc.constantFrom('overlay', 'apply'),
      async (entries, whiteouts) => {
        run += 1;
        const folder = join(top, String(run));
        const layer = await layerOf(...entries);
        const refusal = await refusalOf(() => unpack(folder, entries, { whiteouts }));
        assert.equal(refusal, await refusalOf(async () => union([layer])));
        if (refusal !== undefined) return;
        const found = await listing(folder);
        assert.deepEqual(
          found.map((line) => line.split(' ').slice(0, 2).join(' ')),
          [...union([layer]).walk()].map((node) => `${node.path} ${node.type}`),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('overlayfs shows of unpacked layers what union() says', async (t) => {
  const unshare = findProgram('unshare');
  const works = unshare !== undefined && isRoot && (await runProgram(unshare, ['--mount', 'true'])).code === 0;
  if (!works) return t.skip('mounting needs root');
  const folder = await temporaryFolder(t);
  const layers = [
    [
      directory('a'),
      file('a/1'),
      file('a/2'),
      directory('d'),
      file('d/x'),
      file('e'),
      directory('real'),
      symlink('link', 'real'),
    ],
    [file('a/.wh.1'), directory('d'), file('d/.wh..wh..opq'), file('d/y'), directory('e'), file('link/f'), file('g')],
    [file('.wh.g'), directory('g'), file('g/z'), file('a/1', 'back'), file('.wh.e'), file('d/.wh.y')],
  ];
  for (const [at, entries] of layers.entries()) {
    await unpack(join(folder, String(at)), entries, { xattrPrefix: 'trusted' });
  }
  await mkdir(join(folder, 'merged'));
  const lowers = [2, 1, 0].map((at) => join(folder, String(at))).join(':');
  const script = 'mount -t overlay overlay -o "lowerdir=$1" "$2" && cd "$2" && find . -mindepth 1 -printf "%P %y\\n"';
  const result = await runProgram(unshare!, ['--mount', 'sh', '-c', script, 'sh', lowers, join(folder, 'merged')]);
  if (result.code !== 0) return t.skip(`overlay cannot be mounted here: ${result.stderr}`);
  const tree = union(await Promise.all(layers.map((entries) => layerOf(...entries))));
  const letters: Record<string, string> = { file: 'f', directory: 'd', symlink: 'l' };
  assert.deepEqual(
    result.stdout.trimEnd().split('\n').sort(),
    [...tree.walk()].map(({ path, type }) => `${path} ${letters[type]}`).sort(),
  );
});
