import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { startHttpServer, temporaryFolder } from '@lading/testkit';
import { loadCertificates, readCertificates } from './configuration/certificates.ts';
import { anonymous } from './credentials/credentials.ts';
import { openRegistry, type Registry, type RegistryOptions } from './registry.ts';
import { type Certificates, certificates } from './testing/certificates.ts';
import { startHttpsServer, startProxy } from './testing/servers.ts';

function open(t: TestContext, options: RegistryOptions): Registry {
  const registry = openRegistry({ credentials: anonymous, retries: { attempts: 1 }, ...options });
  t.after(() => registry.close());
  return registry;
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

const serverOptions = ({ server, authority }: Certificates): { cert: string; key: string; ca: string } => ({
  cert: server.certificate,
  key: server.key,
  ca: authority,
});

test('certificates: the first certs.d that knows the registry is used, its authority and its client pair', async (t) => {
  const made = await certificates(t);
  if (made === undefined) return;
  const home = await temporaryFolder(t);
  const machine = { env: { HOME: home }, root: join(home, 'root') };
  const shown: (string | undefined)[] = [];
  const { host } = await startHttpsServer(
    t,
    { ...serverOptions(made), requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      shown.push(String(request.socket.getPeerCertificate().subject.CN));
      response.end('{}');
    },
  );
  const ping = (): Promise<void> =>
    open(t, { registry: host, plainHttp: false, tls: () => loadCertificates(host, machine) }).ping();
  const unreachable = (error: unknown): boolean => isLadingError(error, 'REGISTRY_UNREACHABLE');

  await assert.rejects(ping(), unreachable, 'nobody trusts that authority');
  await write(join(home, `root/etc/docker/certs.d/${host}`), { 'ca.crt': made.authority });
  await assert.rejects(ping(), unreachable, 'trusted, but without a client certificate');
  assert.deepEqual(shown, []);
  const pair = { 'client.cert': made.client.certificate, 'client.key': made.client.key };
  await write(join(home, `root/etc/docker/certs.d/${host}`), pair);
  await ping();
  assert.deepEqual(shown, ['client']);
  await write(join(home, `.config/containers/certs.d/${host}`), { 'ca.crt': made.authority });
  await assert.rejects(ping(), unreachable, 'the folder of the user is used instead of docker’s');
  await write(join(home, `.config/containers/certs.d/${host}`), pair);
  await ping();
  assert.deepEqual(await loadCertificates('other.example.org', machine), {});
});

test('certificates: the client certificate is shown to the registry alone, its authority trusted beyond', async (t) => {
  const made = await certificates(t);
  if (made === undefined) return;
  const shown: Record<string, boolean> = {};
  const tls = { ...serverOptions(made), requestCert: true, rejectUnauthorized: false };
  const storage = await startHttpsServer(t, tls, (request, response) => {
    shown.storage = request.socket.getPeerCertificate().subject !== undefined;
    response.end('{}');
  });
  const registry = await startHttpsServer(t, tls, (request, response) => {
    shown.registry = request.socket.getPeerCertificate().subject !== undefined;
    response.writeHead(307, { location: `https://${storage.host}/elsewhere` }).end();
  });
  const { certificate, key } = made.client;
  const options = { registry: registry.host, plainHttp: false, tls: { ca: made.authority, certificate, key } };
  await open(t, options).ping();
  assert.deepEqual(shown, { registry: true, storage: false });
});

test('certificates: half a pair, or what is no certificate, is refused before anything is sent', async (t) => {
  const made = await certificates(t);
  if (made === undefined) return;
  const folder = await temporaryFolder(t);
  const invalid = (error: unknown): boolean => isLadingError(error, 'CONFIGURATION_INVALID');
  assert.deepEqual(await readCertificates(folder), {});
  assert.equal(await readCertificates(join(folder, 'absent')), undefined);
  await write(folder, { 'client.key': made.client.key });
  await assert.rejects(readCertificates(folder), /client\.key is there without client\.cert/);
  const wrong = { certificate: made.client.certificate, key: made.server.key };
  for (const tls of [{ ca: 'no PEM', ...made.client }, wrong]) {
    await assert.rejects(open(t, { registry: '127.0.0.1:9', plainHttp: false, tls }).ping(), invalid);
  }
});

test('an insecure registry may have any certificate, or none and speak plain HTTP', async (t) => {
  const made = await certificates(t);
  if (made === undefined) return;
  const secure = await startHttpsServer(t, serverOptions(made), (_, response) => response.end('{}'));
  const plain = await startHttpServer(t, (_, response) => response.end('{}'));
  for (const { port } of [secure, plain]) {
    await open(t, { registry: `127.0.0.1:${port}`, insecure: true }).ping();
    // Only the proxy knows this name; of hosts that are not this machine, TLS is asked first.
    const proxy = await startProxy(t);
    const env = { HTTPS_PROXY: proxy.host, HTTP_PROXY: proxy.host };
    await open(t, { registry: `registry.test:${port}`, insecure: true, env }).ping();
    assert.equal(proxy.seen[0]?.method, 'CONNECT');
    await assert.rejects(open(t, { registry: `registry.test:${port}`, env }).ping());
  }
});

test('an insecure registry that wants a client certificate is sent nothing in plain text', async (t) => {
  const made = await certificates(t);
  if (made === undefined) return;
  const tls = { ...serverOptions(made), requestCert: true, rejectUnauthorized: true };
  const { port } = await startHttpsServer(t, tls, (_, response) => response.end('{}'));
  const proxy = await startProxy(t);
  const env = { HTTPS_PROXY: proxy.host, HTTP_PROXY: proxy.host };
  await assert.rejects(open(t, { registry: `registry.test:${port}`, insecure: true, env }).ping(), (error) =>
    isLadingError(error, 'REGISTRY_UNREACHABLE'),
  );
  assert.deepEqual([...new Set(proxy.seen.map(({ method }) => method))], ['CONNECT']);
});

test('an insecure registry whose first connection is lost is still found to speak TLS', async (t) => {
  const made = await certificates(t);
  if (made === undefined) return;
  const secure = await startHttpsServer(t, serverOptions(made), (_, response) => response.end('{}'));
  let connections = 0;
  const front = createServer((socket) => {
    socket.on('error', () => {});
    if (connections++ === 0) return socket.destroy();
    return socket.once('data', (first) => {
      // As Go's servers say it; a handshake begins with 22.
      if (first[0] !== 22)
        return socket.end('HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
      const behind = connect(secure.port, '127.0.0.1').on('error', () => socket.destroy());
      behind.write(first);
      return socket.pipe(behind).pipe(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  t.after(() => front.close());
  const proxy = await startProxy(t);
  const env = { HTTPS_PROXY: proxy.host, HTTP_PROXY: proxy.host };
  const { port } = front.address() as AddressInfo;
  await open(t, { registry: `registry.test:${port}`, insecure: true, env }).ping();
  assert.equal(proxy.seen.at(-1)?.method, 'CONNECT');
});
