import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { parseBytes, parseDuration } from './config-section.ts';
import { parseRegistryConfig, readRegistryConfig } from './registry-config.ts';

test('an empty file is a registry with everything as usual', async () => {
  for (const text of ['', '# nothing\n', '{}', 'server:\n']) {
    const { server, operations } = await parseRegistryConfig(text);
    assert.deepEqual([server.listen, server.drainMs, server.absoluteLocations], [undefined, 30_000, false]);
    assert.equal(operations.openMetrics, false);
  }
});

test('paths count from the folder of the file, and secrets come from files and variables', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'key'), 's3cret\n');
  await writeFile(
    join(folder, 'registry.yaml'),
    `server:
  listen: 0.0.0.0:5000
  storage: data
  database: {env: DATABASE}
  s3: {credentials: {access-key-id: me, secret-access-key: {file: key}}}
  tls: {certificate: tls/cert.pem, key: /etc/key.pem}
  trusted-proxies: [10.0.0.0/8]
  drain: 1.5m
`,
  );
  const { server } = await readRegistryConfig(join(folder, 'registry.yaml'), { DATABASE: 'postgres://db/registry' });
  assert.equal(server.storage, join(folder, 'data'));
  assert.equal(server.database?.reveal(), 'postgres://db/registry');
  assert.equal(server.s3.credentials?.secretAccessKey.reveal(), 's3cret');
  assert.deepEqual([server.tls?.certificate, server.tls?.key], [join(folder, 'tls/cert.pem'), '/etc/key.pem']);
  assert.equal(server.isTrustedProxy?.('10.2.3.4'), true);
  assert.equal(server.drainMs, 90_000);
  assert.equal(JSON.stringify(server).includes('s3cret'), false);
});

const faults: readonly (readonly [text: string, message: RegExp, hint?: RegExp])[] = [
  ['sever:\n  listen: x', /registry\.yaml:1:1: sever: there is no such key/, /Did you mean server\?/],
  ['server:\n  lissten: x', /registry\.yaml:2:3: server\.lissten: there is no such key/, /Did you mean listen\?/],
  ['server:\n  listen: 5', /registry\.yaml:2:11: server\.listen: it must be a host and a port, such as/],
  ['server:\n  drain: 5 minutes', /registry\.yaml:2:10: server\.drain: it must be a duration such as 30s/],
  ['server:\n  tls: {key: k}', /registry\.yaml:2:8: server\.tls: certificate is missing/],
  ['server: [1]', /registry\.yaml:1:9: server: it must be a mapping/],
  [
    'server:\n  trusted-proxies: [10.0.0.1, proxy]',
    /registry\.yaml:2:31: server\.trusted-proxies\[1\]: "proxy" is neither/,
  ],
  [
    'server:\n  database: {env: ABSENT}',
    /registry\.yaml:2:13: server\.database: the environment variable ABSENT is not set/,
  ],
  ['server:\n  database: {variable: X}', /registry\.yaml:2:13: server\.database: it must be postgres:/],
  ['operations:\n  log: xml', /registry\.yaml:2:8: operations\.log: it must be one of none, text, json/],
  [
    'operations:\n  traces: {endpoint: "http://x", ratio: 2}',
    /operations\.traces\.ratio: it must be a number from 0 to 1/,
  ],
  ['server:\n  listen: [', /registry\.yaml:\d+:\d+: /],
  ['server:\n  listen: registry', /registry\.yaml:2:11: server\.listen: it must be a host and a port, such as/],
  ['operations:\n  listen: "5001x"', /registry\.yaml:2:11: operations\.listen: it must be a host and a port/],
  ['webhooks:\n  - repositories: **', /Cannot read registry\.yaml:2:19: there is no anchor/, /stands in quotes/],
  ['webhooks:\n  - repositories: *', /Cannot read registry\.yaml:2:19: /, /stands in quotes/],
  ['server:\n  database: postgress://db/registry', /registry\.yaml:2:13: server\.database: .*postgres:\/\//],
  ['server:\n  storage: s4://bucket', /registry\.yaml:2:12: server\.storage: .*s3:\/\//],
];

for (const [text, message, hint] of faults) {
  test(`${JSON.stringify(text)} is refused with its place and what was meant`, async () => {
    await assert.rejects(parseRegistryConfig(text, { env: {} }), (error) => {
      assert.ok(error instanceof LadingError);
      assert.equal(error.code, 'CONFIGURATION_INVALID');
      assert.match(error.message, message);
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      return true;
    });
  });
}

test('durations and amounts of bytes read as people write them', () => {
  assert.deepEqual(
    ['0s', '250ms', '1.5h', '7d', '2w'].map(parseDuration),
    [0, 250, 5_400_000, 604_800_000, 1_209_600_000],
  );
  assert.deepEqual(['0', '512MiB', '10 GB', '1.5k', '3TiB'].map(parseBytes), [0, 2 ** 29, 1e10, 1500, 3 * 2 ** 40]);
});
