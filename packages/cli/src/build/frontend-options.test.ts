import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { Command } from 'commander';
import { command as build } from '../commands/build.ts';
import { openSandbox } from '../testing/lading.ts';
import { assertTaken, type Frontend } from './frontend-options.ts';

function given(...args: readonly string[]): Readonly<Record<string, unknown>> {
  const program = new Command();
  build.configure(program);
  return program
    .exitOverride()
    .parse(['.', ...args], { from: 'user' })
    .opts();
}

test('what means nothing to a frontend is refused by the name that it was given with', () => {
  const cases: readonly (readonly [Frontend, string, ...string[]])[] = [
    ['recipe', '--target', 'x'],
    ['recipe', '--build-arg', 'A=1'],
    ['recipe', '--network', 'none'],
    ['recipe', '--squash'],
    ['buildpacks', '--secret', 'id=a'],
    ['buildpacks', '--no-new-privileges'],
    ['buildpacks', '--no-cache-filter', 'x'],
    ['buildpacks', '--scrub'],
    ['buildpacks', '--cache-mount-export', 'a=b'],
    ['buildpacks', '--lock', 'update'],
    ['Dockerfile', '--lock', 'update'],
  ];
  for (const [frontend, flag, ...values] of cases) {
    assert.throws(
      () => assertTaken(frontend, given(flag, ...values)),
      (error) => isLadingError(error, 'USAGE') && error.message.includes(` with ${flag}: `),
      `${frontend} ${flag}`,
    );
  }
});

test('a cache on the image itself is refused where no frontend writes one', () => {
  for (const frontend of ['recipe', 'buildpacks'] as const)
    assert.throws(
      () => assertTaken(frontend, given('--cache-to', 'type=inline')),
      (error) => isLadingError(error, 'USAGE'),
    );
});

test('what every frontend takes, and what its own takes, is not refused', () => {
  const common = [
    '-t',
    'a',
    '--label',
    'a=b',
    '--no-cache',
    '--workers',
    '2',
    '--progress',
    'plain',
    '--push',
    '--compression',
    'zstd',
  ];
  for (const frontend of ['Dockerfile', 'recipe', 'buildpacks'] as const) assertTaken(frontend, given(...common));
  assertTaken('Dockerfile', given('--target', 'x', '--no-new-privileges', '--secret', 'id=a', '--pull'));
  assertTaken('recipe', given('--lock', 'require'));
  assertTaken('buildpacks', given('--pull'));
});

test('lading build of a recipe refuses a secret before anything is built', async (t) => {
  const sandbox = await openSandbox(t);
  await writeFile(join(sandbox.folder, 'image.yaml'), 'distro: nothing of this is read\n');
  await writeFile(join(sandbox.folder, 'token'), 'hush');
  const { code, stderr } = await sandbox.run(['build', '-f', 'image.yaml', '--secret', 'id=a,src=token', '.']);
  assert.notEqual(code, 0);
  assert.match(stderr, /Cannot build a recipe with --secret: it means nothing there \[USAGE\]/);
});
