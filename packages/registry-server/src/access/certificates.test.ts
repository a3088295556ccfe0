import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { loadTls } from '../operations/tls.ts';
import { basic, testAccess } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import type { Access } from './access.ts';
import type { CertificateRule } from './certificates.ts';

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Makes certificates with openssl, in a folder of the test. Undefined after skipping. */
async function authority(t: TestContext) {
  const openssl = findProgram('openssl');
  if (!skipUnless(t, openssl !== undefined, 'the program openssl')) return undefined;
  const folder = await temporaryFolder(t);
  const path = (file: string): string => join(folder, file);
  const issue = async (name: string, subject: string, by: string | undefined, san?: string): Promise<Pair> => {
    const made = await runProgram(openssl ?? '', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        subject,
      ],
      ...['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)],
      ...(san === undefined ? [] : ['-addext', `subjectAltName=${san}`]),
      ...(by === undefined
        ? []
        : ['-addext', 'basicConstraints=critical,CA:FALSE', '-CA', path(`${by}.crt`), '-CAkey', path(`${by}.key`)]),
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
    return { cert: await readFile(path(`${name}.crt`)), key: await readFile(path(`${name}.key`)) };
  };
  return { path, issue };
}

test('a client certificate that the authority vouches for is somebody, by subject or alternative name', async (t) => {
  const made = await authority(t);
  if (made === undefined) return;
  const { path, issue } = made;
  await issue('authority', '/CN=authority', undefined);
  await issue('other', '/CN=authority', undefined);
  const server = await issue('server', '/CN=server', 'authority', 'IP:127.0.0.1');
  const build = await issue('build', '/O=Example/CN=build-7', 'authority');
  const node = await issue('node', '/CN=node', 'authority', 'DNS:x.example.org,URI:spiffe://example.org/node/1');
  const nobody = await issue('nobody', '/CN=nobody', 'authority');
  const sly = await issue('sly', '/CN=x\\, O=Example/OU=CN=build-9', 'authority');
  const plus = await issue('plus', '/CN=build-9\\+O=Example', 'authority');
  const forged = await issue('forged', '/O=Example/CN=build-7', 'other');

  const none = { subject: [], san: [], grantsTo: () => [] };
  const rules: readonly CertificateRule[] = [
    {
      ...none,
      subject: ['O=Example', 'CN=build-*'],
      name: 'cn',
      grants: [{ repositories: 'team/**', actions: ['pull', 'push'] }],
    },
    {
      ...none,
      san: ['URI:spiffe://example.org/node/*'],
      name: 'san',
      grants: [{ repositories: '**', actions: ['pull'] }],
    },
  ];
  const { access } = await testAccess(t, { certificates: rules });
  const files = { certificate: path('server.crt'), key: path('server.key'), clientAuthorities: path('authority.crt') };
  const { host } = await startTestRegistry(t, {
    access,
    tls: { ...(await loadTls(files)), requireClientCertificate: false },
  });
  assert.ok(server.cert.length > 0);
  const ca = await readFile(path('authority.crt'));
  const ask = (
    pair: Pair | undefined,
    method: string,
    at: string,
    headers = {},
  ): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const asking = request(`https://${host}${at}`, { method, ca, headers, agent: false, ...pair }, async (answer) => {
        const text = Buffer.concat(await Array.fromAsync(answer)).toString();
        resolve({ status: answer.statusCode ?? 0, text });
      });
      asking.on('error', reject).end();
    });
  const status = async (...args: Parameters<typeof ask>): Promise<number> => (await ask(...args)).status;

  assert.equal(await status(build, 'GET', '/v2/'), 200);
  assert.equal(await status(build, 'POST', '/v2/team/app/blobs/uploads/'), 202);
  assert.match((await ask(build, 'POST', '/v2/other/blobs/uploads/')).text, /certificate:build-7 may not push other/);
  assert.equal(await status(node, 'GET', '/v2/any/tags/list'), 404);
  assert.match(
    (await ask(node, 'DELETE', '/v2/any/manifests/x')).text,
    /certificate:spiffe:\/\/example\.org\/node\/1 may not/,
  );
  for (const pair of [nobody, sly, plus, forged, undefined]) assert.equal(await status(pair, 'GET', '/v2/'), 401);
  assert.equal(await status(nobody, 'GET', '/v2/', basic('bob')), 200, 'a password still counts');
  assert.equal(await status(build, 'DELETE', '/v2/team/app/manifests/x', basic('ann')), 404, 'and is what counts');
  const { text } = await ask(build, 'GET', '/auth/token?scope=repository:team/app:pull,push,delete');
  const { token, scope } = JSON.parse(text) as { token: string; scope: string };
  assert.equal(scope, 'repository:team/app:pull,push');
  assert.equal(
    await status(undefined, 'POST', '/v2/team/app/blobs/uploads/', { authorization: `Bearer ${token}` }),
    202,
  );
});

test('other rules count at once, also on a connection that was made before', async (t) => {
  const made = await authority(t);
  if (made === undefined) return;
  const { path, issue } = made;
  await issue('authority', '/CN=authority', undefined);
  await issue('server', '/CN=server', 'authority', 'IP:127.0.0.1');
  const build = await issue('build', '/CN=build', 'authority');
  const rule = { subject: ['CN=build'], san: [], name: 'cn' as const, grantsTo: () => [] };
  const grants = [{ repositories: '**', actions: ['pull' as const] }];
  const { access: before } = await testAccess(t, { certificates: [{ ...rule, grants }] });
  const { access: after } = await testAccess(t, { certificates: [{ ...rule, grants: [] }] });
  let current = before;
  const access: Access = {
    identify: (asked) => current.identify(asked),
    may: (identity, action, repository) => current.may(identity, action, repository),
    refuse: (identity, need, asked) => current.refuse(identity, need, asked),
  };
  const files = { certificate: path('server.crt'), key: path('server.key'), clientAuthorities: path('authority.crt') };
  const tls = { ...(await loadTls(files)), requireClientCertificate: false };
  const { host } = await startTestRegistry(t, { access, tls });
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: await readFile(path('authority.crt')), ...build });
  t.after(() => agent.destroy());
  const ask = (): Promise<{ status: number; reused: boolean }> =>
    new Promise((resolve, reject) => {
      const asking = request(`https://${host}/v2/app/tags/list`, { agent }, async (answer) => {
        await Array.fromAsync(answer);
        resolve({ status: answer.statusCode ?? 0, reused: asking.reusedSocket });
      });
      asking.on('error', reject).end();
    });
  assert.deepEqual(await ask(), { status: 404, reused: false });
  current = after;
  assert.deepEqual(await ask(), { status: 403, reused: true });
});
