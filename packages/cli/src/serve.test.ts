import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAddress } from './commands/serve.ts';
import { openSandbox, startServe } from './testing/lading.ts';

test('serve prints where it listens as its one line, logs requests on stderr and ends well when told to', async (t) => {
  const sandbox = await openSandbox(t);
  const server = await startServe(t, sandbox);
  assert.equal(server.stdout(), `listening on http://${server.host}\n`);
  assert.equal((await fetch(`http://${server.host}/v2/`)).status, 200);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.equal(server.stdout(), `listening on http://${server.host}\n`);
  assert.match(server.stderr(), /^\S+Z 127\.0\.0\.1 GET \/v2\/ 200 \d+ ms\n$/);
  assert.ok(existsSync(join(sandbox.folder, 'home/registry/catalog.sqlite')));
});

test('serve keeps everything in --root, announces itself as JSON and ends on SIGINT as on SIGTERM', async (t) => {
  const sandbox = await openSandbox(t);
  const server = await startServe(t, sandbox, '--root', 'here', '--json', '--log', 'none');
  assert.deepEqual(JSON.parse(server.stdout()), { listening: `http://${server.host}`, folder: 'here' });
  await fetch(`http://${server.host}/v2/`);
  assert.deepEqual(await server.stop('SIGINT'), { code: 0, signal: null });
  assert.equal(server.stderr(), '');
  assert.ok(existsSync(join(sandbox.folder, 'here/catalog.sqlite')));
  assert.ok(!existsSync(join(sandbox.folder, 'home')));
});

test('serve refuses a port that is taken and warns of an address that others can reach', async (t) => {
  const sandbox = await openSandbox(t);
  const server = await startServe(t, sandbox, '--listen', '0.0.0.0:0');
  assert.match(server.stderr(), /warning: .* there is no authentication/);
  const second = await sandbox.run(['serve', '--listen', `0.0.0.0:${server.host.split(':')[1]}`]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /the port is in use \[SERVER_LISTEN\]/);
});

test('parseAddress() reads hosts, bracketed IPv6 and bare ports, and refuses the rest', () => {
  assert.deepEqual(parseAddress('0.0.0.0:80'), { host: '0.0.0.0', port: 80 });
  assert.deepEqual(parseAddress('[::1]:5000'), { host: '::1', port: 5000 });
  assert.deepEqual(parseAddress(':5000'), { host: '127.0.0.1', port: 5000 });
  assert.deepEqual(parseAddress('0'), { host: '127.0.0.1', port: 0 });
  for (const text of ['', 'localhost', '::1:5000', 'host:65536', 'host:x', 'http://host:1']) {
    assert.throws(() => parseAddress(text), { code: 'USAGE' }, text);
  }
});
