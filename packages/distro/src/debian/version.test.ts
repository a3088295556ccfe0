import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { vector } from '@lading/testkit';
import fc from 'fast-check';
import { compareDebianVersions, parseDebianVersion } from './version.ts';

for (const name of ['debian-versions.txt', 'debian-versions-generated.txt']) {
  test(`compareDebianVersions() agrees with ${name}`, (t) => {
    const path = vector(t, `version-order/${name}`);
    if (path === undefined) return;
    let lines = 0;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const match = /^(\S+) ([<=>]) (\S+)$/.exec(line.trim());
      if (match === null) continue;
      const [, a = '', sign, b = ''] = match;
      lines++;
      const expected = sign === '<' ? -1 : sign === '>' ? 1 : 0;
      assert.equal(Math.sign(compareDebianVersions(a, b)), expected, line);
      assert.equal(Math.sign(compareDebianVersions(b, a)), 0 - expected, `${line} turned round`);
    }
    assert.ok(lines > 10);
  });
}

test('parseDebianVersion() splits at the first colon and the last hyphen', () => {
  assert.deepEqual(parseDebianVersion('2:1.21:3-rc1-4+deb12u1'), {
    epoch: 2,
    upstream: '1.21:3-rc1',
    revision: '4+deb12u1',
  });
  assert.deepEqual(parseDebianVersion('1.0'), { epoch: 0, upstream: '1.0', revision: '' });
});

test('parseDebianVersion() says what is wrong', () => {
  for (const [text, fault] of [
    ['', 'upstream version is empty'],
    ['x:1', 'epoch'],
    ['1-', 'revision after the hyphen is empty'],
    ['1_0', 'upstream version has characters'],
    ['1-a_b', 'revision has characters'],
  ] as const) {
    assert.throws(
      () => parseDebianVersion(text),
      (error) => isLadingError(error, 'CONTROL_INVALID') && error.message.includes(fault),
    );
  }
});

test('compareDebianVersions() is a total order', () => {
  const version = fc.string({ unit: fc.constantFrom(...'0019azAZ.+~:-'), maxLength: 8 });
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareDebianVersions(a, b)), 0 - Math.sign(compareDebianVersions(b, a)));
      if (compareDebianVersions(a, b) <= 0 && compareDebianVersions(b, c) <= 0) {
        assert.ok(compareDebianVersions(a, c) <= 0);
      }
    }),
    { numRuns: 2000 },
  );
});
