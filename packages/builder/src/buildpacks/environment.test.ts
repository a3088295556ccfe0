import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inheritedVariables, withEnvFiles, withLayerPaths, withUserVariables } from './environment.ts';

const empty = new Map<string, string>();

test('each suffix does what the specification says of it', () => {
  const before = new Map([
    ['SET', 'old'],
    ['LIST', 'one'],
  ]);
  const files = [
    ['SET', 'plain'],
    ['LIST.append', 'two'],
    ['LIST.delim', ';'],
    ['LIST.prepend', 'zero'],
    ['NEW.default', 'given'],
    ['KEPT.override', 'over\n'],
    ['IGNORED.unknown', 'no'],
  ] as const;
  assert.deepEqual(Object.fromEntries(withEnvFiles(before, files)), {
    SET: 'plain',
    LIST: 'zero;one;two',
    NEW: 'given',
    KEPT: 'over\n',
  });
  assert.equal(withEnvFiles(before, [['SET.default', 'x']]).get('SET'), 'old');
  assert.equal(withEnvFiles(before, [['SET', 'x']], 'default').get('SET'), 'old');
  assert.equal(withEnvFiles(empty, [['LIST.append', 'x']]).get('LIST'), 'x');
});

test('layers come in front of paths, what the user gives in front of them, and over everything else', () => {
  const image = inheritedVariables(['PATH=/usr/bin', 'HOME=/home/cnb', 'SECRET=of the image']);
  const layered = withLayerPaths(image, '/layers/a/b', new Set(['bin', 'include']));
  assert.deepEqual(Object.fromEntries(withUserVariables(layered, { PATH: '/mine', HOME: '/elsewhere', BP_X: '1' })), {
    PATH: '/mine:/layers/a/b/bin:/usr/bin',
    CPATH: '/layers/a/b/include',
    HOME: '/elsewhere',
    BP_X: '1',
  });
});
