import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { formatLock, type Lock, lockFits, lockPathOf, parseLock, readLock, recipeDigest, writeLock } from './lock.ts';
import { parseRecipe } from './read-recipe.ts';

const lock: Lock = {
  lockVersion: 1,
  distro: 'debian',
  suite: 'bookworm',
  recipe: 'sha256:x',
  epoch: 1_700_000_000,
  packages: {
    amd64: [
      {
        name: 'a1',
        version: '1:1~x',
        architecture: 'all',
        suite: 's',
        filename: 'pool/a.deb',
        size: 1,
        sha256: 'a'.repeat(64),
      },
      {
        name: 'b1',
        version: '2',
        architecture: 'amd64',
        suite: 's',
        filename: 'pool/b.deb',
        size: 2,
        sha256: 'b'.repeat(64),
      },
    ],
    arm64: [],
  },
};

test('a lock survives formatting, parsing and the disk', async (t) => {
  assert.deepEqual(parseLock(formatLock(lock)), lock);
  const path = join(await temporaryFolder(t), 'image.lock');
  assert.equal(await readLock(path), undefined);
  await writeLock(path, lock);
  assert.deepEqual(await readLock(path), lock);
  assert.equal(lockPathOf('/a/image.yaml'), '/a/image.lock');
});

test('parseLock() says what is wrong', () => {
  const text = formatLock(lock);
  for (const [bad, fault] of [
    [text.slice(0, 100), 'not JSON'],
    [text.replace('"lockVersion": 1', '"lockVersion": 9'), 'knows 1'],
    [text.replace('pool/a.deb', '../a.deb'), 'packages.amd64[0]: filename leads out'],
    [text.replace('b'.repeat(64), 'short'), 'packages.amd64[1]: sha256'],
    ['[]', 'not an object'],
  ] as const) {
    assert.throws(
      () => parseLock(bad),
      (error) => isLadingError(error, 'RECIPE_INVALID') && error.message.includes(fault),
      fault,
    );
  }
});

test('recipeDigest() changes with what decides about packages, and with nothing else', async () => {
  const base = 'distro: debian\nsuite: bookworm\narchitectures: [amd64]\npackages: [a]\n';
  const digest = async (text: string): Promise<string> => recipeDigest(await parseRecipe(text));
  const first = await digest(base);
  assert.equal(await digest(`${base}mirror: http://x.example.org\ncmd: [x]\npaths: []\n`), first);
  assert.notEqual(await digest(`${base}variant: distroless\n`), first);
  assert.notEqual(await digest(base.replace('[a]', '[a, b]')), first);
  assert.ok(lockFits({ ...lock, recipe: first }, await parseRecipe(base)));
});
