import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputFiles } from './run-program.ts';

test('variables and plans reach buildpacks through memory: no file of this machine is written, whatever their names lead to', () => {
  const mounts = inputFiles({ env: { TOKEN: 'hush', '../../../../tmp/x': 'y' }, plan: { entries: [] } });
  assert.deepEqual(
    mounts.map(({ kind, target }) => [kind, target]),
    [
      ['tmpfs', '/platform/env'],
      ['file', '/platform/env/TOKEN'],
      ['file', '/platform/env/../../../../tmp/x'],
      ['file', '/tmp/lading-plan/plan.toml'],
    ],
  );
});
