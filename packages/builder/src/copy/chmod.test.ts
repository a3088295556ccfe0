import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { skipUnless, temporaryFolder } from '@lading/testkit';
import { parseChmod } from './chmod.ts';

test('parseChmod() sets octal modes up to 7777', () => {
  for (const [text, mode] of [
    ['755', 0o755],
    ['0644', 0o644],
    ['0', 0],
    ['07777', 0o7777],
    ['00755', 0o755],
  ] as const)
    assert.equal(parseChmod(text)(0o123, false), mode, text);
});

test('parseChmod() refuses what is no mode', () => {
  for (const text of ['', '8', '17777', 'rwx', 'u', 'u=rwz', 'u=rw,', 'u+ug', '-1', '0x1'])
    assert.throws(
      () => parseChmod(text),
      (error) => isLadingError(error, 'BUILD_INVALID') && /0755/.test(error.hint ?? ''),
      text,
    );
});

test('parseChmod() changes modes as the program chmod does', async (t) => {
  const root = await temporaryFolder(t);
  const [path, folder] = [join(root, 'file'), join(root, 'folder')];
  writeFileSync(path, '');
  mkdirSync(folder);
  let version = '';
  try {
    version = execFileSync('chmod', ['--version']).toString();
  } catch {}
  if (!skipUnless(t, version.includes('GNU'), 'GNU chmod')) return;
  const texts = [
    'u=rwX,go=rX',
    'a+x',
    'go-w',
    '+x',
    'u+s,g+s',
    '+t',
    'g=u',
    'o=g',
    'u-s',
    'a=',
    'ug+rw,o=',
    'u=g,g=o',
    'a+X',
    'u=rwx,g+X',
    'u=',
    'u=rwxs',
    'o=t',
    'u+rw-x',
    'go=u-w',
  ];
  const before = process.umask(0);
  t.after(() => process.umask(before));
  for (const text of texts)
    for (const mode of [0o644, 0o755, 0o700, 0o000, 0o4711, 0o2750, 0o1777])
      for (const [place, isDirectory] of [
        [path, false],
        [folder, true],
      ] as const) {
        chmodSync(place, mode);
        execFileSync('chmod', [text, place]);
        const expected = statSync(place).mode & 0o7777;
        const made = parseChmod(text)(mode, isDirectory);
        assert.equal(
          made.toString(8),
          expected.toString(8),
          `${text} on ${mode.toString(8)} ${isDirectory ? 'folder' : 'file'}`,
        );
      }
});
