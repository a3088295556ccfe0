import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSourcesControl, parseSourcesList } from './sources.ts';

test('parseSourcesList() reads options and leaves out sources of source code', () => {
  const text = `# deb http://no.example.org x main
deb [arch=amd64,arm64 signed-by=/k.gpg check-valid-until=no] http://mirror.example.org/debian bookworm main contrib # note
deb-src http://mirror.example.org/debian bookworm main
deb http://flat.example.org ./
`;
  assert.deepEqual(parseSourcesList(text), [
    {
      uris: ['http://mirror.example.org/debian'],
      suites: ['bookworm'],
      components: ['main', 'contrib'],
      architectures: ['amd64', 'arm64'],
      signedBy: ['/k.gpg'],
      checkValidUntil: false,
    },
    {
      uris: ['http://flat.example.org'],
      suites: ['./'],
      components: [],
      architectures: [],
      signedBy: [],
      checkValidUntil: true,
    },
  ]);
  assert.throws(() => parseSourcesList('\ndeb nonsense'), /line 2/);
});

test('parseSourcesControl() reads several suites, remarks inside, disabled ones and embedded keys', () => {
  const text = `Types: deb deb-src
# remark
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example.org
Suites: x
`;
  const [source, ...rest] = parseSourcesControl(text);
  assert.equal(rest.length, 0);
  assert.deepEqual(source?.suites, ['bookworm', 'bookworm-updates']);
  assert.deepEqual(source?.signedBy, [
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n',
  ]);
});
