import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { licenseIdsOfSchema } from '../testing/sbom-schemas.ts';
import { licenseText } from './license.ts';

test('licenseText() tells identifiers, expressions and names apart', () => {
  assert.equal(licenseText('MIT').kind, 'id');
  for (const text of ['MIT OR Apache-2.0', 'GPL-2.0+', 'LicenseRef-ours'])
    assert.equal(licenseText(text).kind, 'expression', text);
  for (const text of ['Apache License 2.0', '', 'mit', `${'('.repeat(2000)}MIT`])
    assert.equal(licenseText(text).kind, 'name', text);
});

test('what licenseText() calls an identifier is one by the CycloneDX schema', (t) => {
  const ids = licenseIdsOfSchema(t);
  if (ids === undefined) return;
  const known = createRequire(import.meta.url)('spdx-license-ids') as string[];
  const allowed = new Set(ids);
  assert.deepEqual(
    known.filter((id) => licenseText(id).kind === 'id' && !allowed.has(id)),
    [],
  );
});
