import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { vector } from '@lading/testkit';
import fc from 'fast-check';
import { alpineVersionStartsWith, compareAlpineVersions, isAlpineVersion } from './version.ts';

for (const name of [
  'apk/version.data',
  'version-order/alpine-versions.txt',
  'version-order/alpine-versions-generated.txt',
]) {
  test(`compareAlpineVersions() agrees with ${name}`, (t) => {
    const path = vector(t, name);
    if (path === undefined) return;
    let lines = 0;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const match = /^(\S+) ([<=>]) (\S+)(?:\s+#.*)?$/.exec(line.trim());
      if (match === null) continue;
      const [, a = '', sign, b = ''] = match;
      lines++;
      const expected = sign === '<' ? -1 : sign === '>' ? 1 : 0;
      assert.equal(Math.sign(compareAlpineVersions(a, b)), expected, line);
      assert.equal(Math.sign(compareAlpineVersions(b, a)), 0 - expected, `${line} turned round`);
    }
    assert.ok(lines > 700);
  });
}

test('isAlpineVersion() wants every part in its place', () => {
  for (const good of ['1', '1.2.3', '1.2b', '1_rc1', '1.0_git20240101', '1_alpha2_p3-r1', '3.20~0a1b-r0', '1-r12']) {
    assert.ok(isAlpineVersion(good), good);
  }
  for (const bad of ['', 'a', '.1', '1.', '1..2', '1bc', '1b2', '1_rx', '1_p1.2', '1-r', '1-1', '1-r1_p1', '1 ']) {
    assert.ok(!isAlpineVersion(bad), bad);
  }
});

test('a prefix ends at the end of a part', () => {
  for (const version of ['1.2', '1.2.3', '1.2-r4', '1.2_p1', '1.2b'])
    assert.ok(alpineVersionStartsWith(version, '1.2'));
  for (const version of ['1.20', '1.3', '1', '1.1.2']) assert.ok(!alpineVersionStartsWith(version, '1.2'), version);
});

test('the order of any texts is total and turns round', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0129.ab_pr~-'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareAlpineVersions(a, b)), 0 - Math.sign(compareAlpineVersions(b, a)));
    }),
  );
});
