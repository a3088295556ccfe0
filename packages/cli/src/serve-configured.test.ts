import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import {
  findProgram,
  findS3Server,
  runProgram,
  runS3Server,
  s3ServerReason,
  skipUnless,
  startPostgres,
} from '@lading/testkit';
import { openSandbox, startServe } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

/** The common name in the certificate that an address shows. */
function certificateAt(host: string, ca: Buffer): Promise<string> {
  const [, port] = host.split(':');
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/v2/', agent: false, ca }, (response) => {
      response.resume();
      resolve(String((response.socket as TLSSocket).getPeerCertificate().subject.CN));
    })
      .once('error', reject)
      .end();
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('on SIGHUP, serve reads configuration and certificates again; what cannot be used changes nothing', async (t) => {
  const openssl = findProgram('openssl');
  if (!skipUnless(t, openssl !== undefined, 'the program openssl')) return;
  const sandbox = await openSandbox(t);
  const file = (name: string): string => join(sandbox.folder, name);
  for (const name of ['one', 'two']) {
    const made = await runProgram(openssl ?? '', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
    ]);
    assert.equal(made.code, 0, made.stderr);
  }
  const use = async (name: string): Promise<void> => {
    await copyFile(file(`${name}.crt`), file('tls.crt'));
    await copyFile(file(`${name}.key`), file('tls.key'));
  };
  const configure = (hook: string): Promise<void> =>
    writeFile(
      file('registry.yaml'),
      `server: {tls: {certificate: tls.crt, key: tls.key}}\nwebhooks: [{name: ${hook}, url: "http://127.0.0.1:9/"}]\n`,
    );
  await use('one');
  await configure('first');
  const server = await startServe(t, sandbox, '--config', 'registry.yaml', '--log', 'none');
  const ca = Buffer.concat([await readFile(file('one.crt')), await readFile(file('two.crt'))]);
  assert.equal(await certificateAt(server.host, ca), 'one');

  await use('two');
  await configure('second');
  server.hangUp();
  await until(() => server.stderr().includes('were read again'));
  assert.equal(await certificateAt(server.host, ca), 'two');
  const options = ['--registry', server.host, '--tls-verify', 'false'];
  assert.match(await sandbox.out('registry', 'webhooks', ...options), /^second /m);

  await writeFile(file('registry.yaml'), 'server: {lissten: x}\n');
  server.hangUp();
  await until(() => server.stderr().includes('all stays as it was'));
  assert.match(server.stderr(), /registry\.yaml:1:10: server\.lissten: there is no such key/);
  assert.match(await sandbox.out('registry', 'webhooks', ...options), /^second /m);
});

test('replicas over PostgreSQL and a bucket serve one registry', async (t) => {
  const program = findS3Server();
  if (!skipUnless(t, program !== undefined, s3ServerReason)) return;
  const database = await startPostgres(t);
  if (database === undefined) return;
  const bucket = await runS3Server(program ?? '');
  t.after(() => bucket.stop());
  const sandbox = await openSandbox(t);
  const env = {
    AWS_ACCESS_KEY_ID: bucket.accessKeyId,
    AWS_SECRET_ACCESS_KEY: bucket.secretAccessKey,
    AWS_REGION: bucket.region,
    AWS_ENDPOINT_URL_S3: bucket.endpoint,
  };
  const place = ['--database', database, '--storage', `s3://${bucket.bucket}/registry`, '--log', 'none'];
  const server = async (): Promise<string> => {
    const served = await startServe(t, { ...sandbox, env: { ...sandbox.env, ...env } }, ...place);
    return served.host;
  };
  const [one, two] = [await server(), await server()];
  const { index } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', '--all-platforms', 'oci:layout:all', `${one}/team/app:1`);
  const [tag] = (await sandbox.json('registry', 'tags', 'team/app', '--registry', two)) as { digest: string }[];
  assert.equal(tag?.digest, index);
  const answer = await fetch(`http://${two}/v2/team/app/manifests/1`);
  assert.equal(answer.headers.get('docker-content-digest'), index);
  assert.deepEqual(await (await fetch(`http://${two}/readyz`)).json(), {
    status: 'ready',
    checks: { database: 'ok', storage: 'ok' },
  });
});
