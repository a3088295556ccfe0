import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { vector } from '@lading/testkit';
import { compareRpmVersions, parseRpmVersion, rpmvercmp } from './version.ts';

test('rpmvercmp() agrees with rpm/rpmvercmp.txt', (t) => {
  const path = vector(t, 'rpm/rpmvercmp.txt');
  if (path === undefined) return;
  let lines = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const match = /^([^#\s]\S*) +(<|==|>) +(\S+)$/.exec(line);
    if (match === null) {
      assert.match(line, /^(?:$|#)/);
      continue;
    }
    lines++;
    const [, a = '', sign, b = ''] = match;
    const expected = sign === '<' ? -1 : sign === '>' ? 1 : 0;
    assert.equal(Math.sign(rpmvercmp(a, b)), expected, line);
    assert.equal(Math.sign(rpmvercmp(b, a)), 0 - expected, `${line} turned round`);
  }
  assert.ok(lines > 100);
});

test('parseRpmVersion() takes digits before a colon for the epoch and what follows the last hyphen for the release', () => {
  assert.deepEqual(parseRpmVersion('2:1.0-rc1-3.el9'), { epoch: '2', version: '1.0-rc1', release: '3.el9' });
  assert.deepEqual(parseRpmVersion('1.0'), { epoch: '0', version: '1.0', release: undefined });
  assert.deepEqual(parseRpmVersion(':1.0-'), { epoch: '0', version: '1.0', release: '' });
  assert.deepEqual(parseRpmVersion('a:1'), { epoch: '0', version: 'a:1', release: undefined });
});

test('the epoch decides before the version, the version before the release', () => {
  assert.ok(compareRpmVersions('1:1.0-1', '2.0-9') > 0);
  assert.ok(compareRpmVersions('0:1.0-1', '1.0-1') === 0);
  assert.ok(compareRpmVersions('1.0-10.el9', '1.0-9.el9_2') > 0);
  assert.ok(compareRpmVersions('1.0', '1.0-1') < 0);
});
