import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf, mediaTypes } from '@lading/oci';
import { findProgram, runProgram, skipUnless, startHttpServer } from '@lading/testkit';
import { openSandbox } from './testing/lading.ts';

const config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
  layers: [],
});

/** A registry whose only repository is `team/app`. */
function answer(request: IncomingMessage, response: ServerResponse): unknown {
  const [, kind] = /^\/v2\/team\/app\/(manifests|blobs)\//.exec(request.url ?? '') ?? [];
  if (kind === undefined) return response.writeHead(404).end('{}');
  const content = kind === 'blobs' ? config : manifest;
  response.writeHead(200, {
    'content-type': kind === 'blobs' ? 'application/octet-stream' : mediaTypes.ociManifest,
    'content-length': content.length,
    'docker-content-digest': digestOf(content),
  });
  return response.end(request.method === 'HEAD' ? undefined : content);
}

const raw = (image: string): string[] => ['inspect', '--raw', image];

test('registries.conf of the machine: a pull goes through its mirror, what is blocked ends with 3', async (t) => {
  const mirror = await startHttpServer(t, answer);
  const sandbox = await openSandbox(t);
  const conf = join(sandbox.folder, 'registries.conf');
  await writeFile(
    conf,
    `[[registry]]\nlocation = "r.test/apps"\n[[registry.mirror]]\nlocation = "${mirror.host}/team"\n[[registry]]\nlocation = "bad.test"\nblocked = true\n`,
  );
  const env = { CONTAINERS_REGISTRIES_CONF: conf };
  const pulled = await sandbox.run(raw('r.test/apps/app:v1'), { env });
  assert.deepEqual([pulled.code, pulled.stdout], [0, manifest], pulled.stderr);
  const blocked = await sandbox.run(raw('bad.test/app:v1'), { env });
  assert.equal(blocked.code, 3, blocked.stderr);
  assert.match(blocked.stderr, /registries\.conf blocks "bad\.test"/);
  await writeFile(conf, '[[registry]');
  assert.match((await sandbox.run(raw('r.test/apps/app:v1'), { env })).stderr, /registries\.conf: it is not TOML/);
});

test('private addresses are denied where LADING_DENY_PRIVATE says so, but for LADING_ALLOW_HOSTS', async (t) => {
  const { host } = await startHttpServer(t, answer);
  const sandbox = await openSandbox(t);
  const env = { LADING_DENY_PRIVATE: '1' };
  const denied = await sandbox.run(raw(`${host}/team/app:v1`), { env });
  assert.equal(denied.code, 3, denied.stderr);
  const allowed = await sandbox.run(raw(`${host}/team/app:v1`), { env: { ...env, LADING_ALLOW_HOSTS: host } });
  assert.equal(allowed.code, 0, allowed.stderr);
});

test('--cert-dir, --tls-verify=false and SSL_CERT_FILE each make a certificate good', async (t) => {
  const openssl = findProgram('openssl');
  if (!skipUnless(t, openssl !== undefined, 'the program openssl')) return;
  const sandbox = await openSandbox(t);
  const folder = join(sandbox.folder, 'certificates');
  await mkdir(folder);
  const [key, certificate] = [join(sandbox.folder, 'key.pem'), join(folder, 'ca.crt')];
  const made = await runProgram(openssl ?? '', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=tests', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ]);
  assert.equal(made.code, 0, made.stderr);
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const image = `127.0.0.1:${(server.address() as AddressInfo).port}/team/app:v1`;
  const [plain, withFolder, unverified, withFile] = await Promise.all([
    sandbox.run(raw(image)),
    sandbox.run([...raw(image), '--cert-dir', folder]),
    sandbox.run([...raw(image), '--tls-verify=false']),
    sandbox.run(raw(image), { env: { SSL_CERT_FILE: certificate } }),
  ]);
  assert.equal(plain.code, 6, plain.stderr);
  assert.match(plain.stderr, /--cert-dir/);
  for (const { code, stdout, stderr } of [withFolder, unverified, withFile]) {
    assert.deepEqual([code, stdout], [0, manifest], stderr);
  }
  assert.equal((await sandbox.run([...raw(image), '--tls-verify=maybe'])).code, 2);
});
