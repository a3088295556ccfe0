import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { vector } from '@lading/testkit';
import { compareNevras, parseNevra, versionOfNevra } from './nevra.ts';

test('parseNevra() agrees with rpm/parse.txt', (t) => {
  const path = vector(t, 'rpm/parse.txt');
  if (path === undefined) return;
  let lines = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    lines++;
    const [text = '', ...parts] = line.split(/\s+/);
    const [name, epoch, version, release, architecture] = parts.map((part) => (part === "''" ? '' : part));
    assert.deepEqual(parseNevra(text), { name, epoch, version, release, architecture }, line);
  }
  assert.equal(lines, 4);
});

test('compareNevras() agrees with rpm/compare.txt', (t) => {
  const path = vector(t, 'rpm/compare.txt');
  if (path === undefined) return;
  let lines = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    lines++;
    const [a = '', sign, b = ''] = line.split(/\s+/);
    const expected = sign === '<' ? -1 : sign === '>' ? 1 : 0;
    assert.equal(Math.sign(compareNevras(parseNevra(a), parseNevra(b))), expected, line);
    assert.equal(Math.sign(compareNevras(parseNevra(b), parseNevra(a))), 0 - expected, `${line} turned round`);
  }
  assert.ok(lines > 10);
});

test('parseNevra() reads the names of source packages', () => {
  const source = parseNevra('gcc-toolset-12-annobin-11.08-2.el9.src.rpm');
  assert.deepEqual(source, {
    name: 'gcc-toolset-12-annobin',
    epoch: '',
    version: '11.08',
    release: '2.el9',
    architecture: 'src',
  });
  assert.equal(versionOfNevra(source), '11.08-2.el9');
});
