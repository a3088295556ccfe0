import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseClearsigned } from './clearsigned.ts';
import { parseRelease } from './release.ts';

const hash = 'a'.repeat(64);
const release = `Origin: Example
Suite: oldstable
Codename: bookworm
Date: Sat, 11 Jul 2026 10:16:37 UTC
Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC
Acquire-By-Hash: yes
Architectures: all amd64
Components: main
SHA256:
 ${hash} 1234 main/binary-amd64/Packages.gz
`;

test('parseRelease() reads dates, flags and the hash list', () => {
  const parsed = parseRelease(release);
  assert.equal(parsed.codename, 'bookworm');
  assert.equal(new Date(parsed.date * 1000).toISOString(), '2026-07-11T10:16:37.000Z');
  assert.equal((parsed.validUntil ?? 0) - parsed.date, 7 * 86_400);
  assert.ok(parsed.acquireByHash);
  assert.deepEqual([...parsed.files.values()], [{ path: 'main/binary-amd64/Packages.gz', size: 1234, sha256: hash }]);
});

test('parseRelease() rejects local times and paths that lead out', () => {
  assert.throws(
    () => parseRelease(release.replaceAll('UTC', '+0200')),
    (error) => isLadingError(error, 'CONTROL_INVALID'),
  );
  assert.throws(() => parseRelease(release.replace('main/bin', '../main/bin')), /is not a file entry/);
});

const signature = '-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n';
const message = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nOrigin: x\n- -dashed\n${signature}`;

test('parseClearsigned() gives the signed text without escapes', () => {
  assert.deepEqual(parseClearsigned(message), { text: 'Origin: x\n-dashed\n', signature });
});

test('parseClearsigned() refuses text that no signature covers', () => {
  for (const bad of [
    `Origin: evil\n\n${message}`,
    `${message}Origin: evil\n`,
    message.replace('Hash: SHA512', 'Origin: evil'),
    message.replace('- -dashed', '-dashed'),
    message.slice(0, 60),
    message.slice(0, -20),
    '',
  ]) {
    assert.throws(
      () => parseClearsigned(bad),
      (error) => isLadingError(error, 'CONTROL_INVALID'),
      bad,
    );
  }
});
