import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { skipUnless, temporaryFolder } from '@lading/testkit';
import { openAuthority } from '../testing/issued-certificates.ts';
import { createListener } from './listener.ts';
import { loadTls } from './tls.ts';
import { watchFiles } from './watch-files.ts';

/** The answer's status, and the name in the certificate that the server showed. */
async function ask(options: RequestOptions): Promise<{ status: number; shown: string; body: string }> {
  const sent = request({ host: '127.0.0.1', agent: false, ...options });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const shown = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
  const body = Buffer.concat(await Array.fromAsync(response)).toString();
  return { status: response.statusCode ?? 0, shown: String(shown), body };
}

test('a certificate that was renewed on disk is shown to new connections; one that does not fit its key is not', async (t) => {
  const folder = await temporaryFolder(t);
  const authority = await openAuthority(folder);
  if (!skipUnless(t, authority !== undefined, 'the program openssl') || authority === undefined) return;
  const [first, second] = [await authority.issue('first'), await authority.issue('second')];
  const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  await copyFile(first.certificate, files.certificate);
  await copyFile(first.key, files.key);
  const listener = createListener((_, response) => response.end('yes'), {
    tls: { ...(await loadTls(files)), requireClientCertificate: false },
    idleTimeoutMs: 5000,
  });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => listener.drain(0));
  const outcomes: string[] = [];
  const renew = async (): Promise<void> => {
    try {
      listener.renew(await loadTls(files));
      outcomes.push('renewed');
    } catch (error) {
      outcomes.push((error as { code: string }).code);
    }
  };
  t.after(watchFiles(Object.values(files), renew, 20));
  const ca = await readFile(authority.certificate);
  assert.equal((await ask({ port, ca })).shown, 'first');

  const until = async (count: number): Promise<void> => {
    while (outcomes.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await rename(second.certificate, files.certificate);
  await until(1);
  assert.deepEqual([outcomes[0], (await ask({ port, ca })).shown], ['CONFIGURATION_INVALID', 'first']);
  await rename(second.key, files.key);
  await until(2);
  assert.deepEqual([outcomes[1], (await ask({ port, ca })).shown], ['renewed', 'second']);
});

test('a client certificate is verified by the authorities; without one nobody is let in where that is wanted', async (t) => {
  const folder = await temporaryFolder(t);
  const authority = await openAuthority(folder);
  if (!skipUnless(t, authority !== undefined, 'the program openssl') || authority === undefined) return;
  const [server, client] = [await authority.issue('server'), await authority.issue('client')];
  const ca = await readFile(authority.certificate);
  const own = { cert: await readFile(client.certificate), key: await readFile(client.key) };
  for (const requireClientCertificate of [false, true]) {
    const tls = await loadTls({ ...server, clientAuthorities: authority.certificate });
    const listener = createListener(
      ({ socket }, response) => {
        const { authorized } = socket as TLSSocket;
        response.end(authorized ? String((socket as TLSSocket).getPeerCertificate().subject.CN) : 'nobody');
      },
      { tls: { ...tls, requireClientCertificate }, idleTimeoutMs: 5000 },
    );
    const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
    t.after(() => listener.drain(0));
    assert.equal((await ask({ port, ca, ...own })).body, 'client');
    if (requireClientCertificate) await assert.rejects(ask({ port, ca }));
    else assert.equal((await ask({ port, ca })).body, 'nobody');
  }
});

test('files that are absent or do not belong together are named', async (t) => {
  const folder = await temporaryFolder(t);
  const absent = { certificate: join(folder, 'absent.crt'), key: join(folder, 'absent.key') };
  await assert.rejects(loadTls(absent), { code: 'FILE_UNREADABLE' });
});

test('draining lets a request end and breaks off what takes too long', async (t) => {
  const ends: (() => void)[] = [];
  const listener = createListener((_, response) => ends.push(() => response.end('late')), { idleTimeoutMs: 5000 });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => listener.drain(0));
  const answer = (): Promise<string> =>
    new Promise((resolve, reject) => {
      plainRequest({ host: '127.0.0.1', port, agent: false }, async (response) =>
        resolve(Buffer.concat(await Array.fromAsync(response)).toString()),
      )
        .once('error', reject)
        .end();
    });
  const [kept, broken] = [answer(), answer()];
  const brokenOff = assert.rejects(broken);
  while (ends.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const drained = listener.drain(300);
  const refused = connect(port, '127.0.0.1');
  await assert.rejects(once(refused, 'connect'), { code: 'ECONNREFUSED' });
  ends[0]?.();
  assert.equal(await kept, 'late');
  assert.equal(await drained, false);
  await brokenOff;
});

test('a key of another kind than that of the certificate is refused, though a context can be made of both', async (t) => {
  const folder = await temporaryFolder(t);
  const authority = await openAuthority(folder);
  if (!skipUnless(t, authority !== undefined, 'the program openssl') || authority === undefined) return;
  const { certificate } = await authority.issue('server');
  const key = join(folder, 'other.key');
  await writeFile(key, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await assert.rejects(loadTls({ certificate, key }), {
    code: 'CONFIGURATION_INVALID',
    message: /another certificate/,
  });
});
