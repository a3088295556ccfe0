import assert from 'node:assert/strict';
import { test } from 'node:test';
import { licensesOf, parseManifest } from './manifest.ts';

test('reads the main section, continued lines and any line ends', () => {
  const manifest = parseManifest(
    'Manifest-Version: 1.0\r\nBundle-Name: a lo\r\n ng name\rX: y\n\nName: member\nX: z\n',
  );
  assert.deepEqual(Object.fromEntries(manifest), { 'manifest-version': '1.0', 'bundle-name': 'a long name', x: 'y' });
});

for (const [header, expected] of [
  ['Apache-2.0', ['Apache-2.0']],
  ['"Apache-2.0";link="https://example.org/a,b", MIT;description=x', ['Apache-2.0', 'MIT']],
  ['https://example.org/LICENSE.txt', ['https://example.org/LICENSE.txt']],
  ['<<EXTERNAL>>', []],
] as const) {
  test(`the licenses of [${header}] are [${expected}]`, () => {
    assert.deepEqual(licensesOf(new Map([['bundle-license', header]])), expected);
  });
}

test('a hostile header of quotes is done at once', { timeout: 5000 }, () => {
  licensesOf(new Map([['bundle-license', ',"'.repeat(1 << 20)]]));
});
