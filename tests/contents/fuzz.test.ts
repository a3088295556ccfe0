// Files of every kind with mutations, and layers with some: a warning or an answer, never a defect, a hang or an SBOM that cannot be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vector } from '@lading/testkit';
import { fuzz } from './fuzz/fuzz.ts';

test('whatever is in a layer, looking into it ends well', async (t) => {
  if (vector(t, 'rpm') === undefined) return;
  const cases = process.env.CI === 'true' ? 600 : 40;
  assert.deepEqual(await fuzz({ first: 1, cases }), []);
});
