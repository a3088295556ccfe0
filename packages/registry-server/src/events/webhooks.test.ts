import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openCatalog } from '@lading/catalog';
import { Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { openDirectoryJournal } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { parseRegistryConfig } from '../config/registry-config.ts';
import { createMetrics } from '../operations/metrics.ts';
import { createEvents, type RegistryEvent } from './events.ts';
import { filterOf, type Webhook } from './webhook-config.ts';
import { createWebhooks } from './webhooks.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks that answers as told. */
async function receiver(t: TestContext) {
  const received: Received[] = [];
  const answer = { status: 204, headers: {} as Record<string, string> };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    received.push({ headers: request.headers, body });
    response.writeHead(answer.status, answer.headers).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return { received, answer, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it did not come to pass');
}

const digest = digestOf('layer');
const hookTo = (url: string, more: Partial<Webhook> = {}): Webhook => ({
  name: 'ci',
  url,
  headers: { 'x-team': new Secret('one') },
  events: ['upload', 'pull'],
  wants: filterOf({ events: ['upload', 'pull'] }),
  attempts: 3,
  timeoutMs: 2000,
  ...more,
});

/** A registry's catalog and webhooks in a folder, as they are after each start. */
async function started(t: TestContext, folder: string, hook: Webhook) {
  const journal = await openDirectoryJournal(join(folder, 'journal'));
  const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite'), journal });
  const events = createEvents();
  const source = 'https://registry.example.org';
  const metrics = createMetrics();
  const options = { catalog, events, metrics, hooks: [hook], source, warn: () => {}, pollMs: 20 };
  const webhooks = createWebhooks(options);
  const stop = async (): Promise<void> => {
    await webhooks.close();
    await catalog.close();
    await journal.close();
  };
  let stopped: Promise<void> | undefined;
  const once = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };
  t.after(once);
  const fed = () =>
    until(async () => (await catalog.database.get('SELECT 1 AS x FROM delivery_position')) !== undefined);
  return { catalog, events, metrics, webhooks, stop: once, fed };
}

test('a receiver is told of a push and a pull as signed CloudEvents', async (t) => {
  const { received, url } = await receiver(t);
  const secret = new Secret('whsec_c2VjcmV0');
  const { catalog, events, fed } = await started(t, await temporaryFolder(t), hookTo(url, { secret }));
  await fed();
  await catalog.linkBlob('team/app', digest, 5, { name: 'user:ann' });
  const at = new Date('2030-01-01T00:00:00Z');
  events.emit({ kind: 'pull', repository: 'team/app', tag: '1', digest, actor: 'anonymous', at });
  await until(() => received.length === 2);
  const [upload, pull] = received
    .map(({ headers, body }) => ({ headers, body, event: JSON.parse(body) }))
    .toSorted((a, b) => (a.event.type < b.event.type ? 1 : -1));
  assert.ok(upload !== undefined && pull !== undefined);
  assert.equal(upload.headers['content-type'], 'application/cloudevents+json; charset=utf-8');
  assert.equal(upload.headers['x-team'], 'one');
  const { id, time, ...rest } = upload.event;
  assert.deepEqual(rest, {
    specversion: '1.0',
    source: 'https://registry.example.org',
    type: 'lading.registry.upload',
    subject: `team/app@${digest}`,
    datacontenttype: 'application/json',
    data: { repository: 'team/app', digest, size: 5, actor: 'user:ann' },
  });
  assert.equal(upload.headers['webhook-id'], id);
  const signed = `${id}.${upload.headers['webhook-timestamp']}.${upload.body}`;
  const signature = `v1,${createHmac('sha256', 'secret').update(signed).digest('base64')}`;
  assert.equal(upload.headers['webhook-signature'], signature);
  assert.deepEqual([pull.event.subject, pull.event.time], ['team/app:1', at.toISOString()]);
});

test('a receiver may ask, by its configuration, for pulls that are refused and for images that were looked into', async (t) => {
  const { received, url } = await receiver(t);
  const config = `webhooks: [{name: ci, url: "${url}", events: [scan, refuse]}]`;
  const [hook] = (await parseRegistryConfig(config)).webhooks;
  assert.ok(hook !== undefined);
  const { events } = await started(t, await temporaryFolder(t), hook);
  const at = new Date('2030-01-01T00:00:00Z');
  events.emit({ kind: 'pull', repository: 'team/app', digest, actor: 'user:ann', at });
  events.emit({ kind: 'refuse', repository: 'team/app', tag: '1', digest, actor: 'user:ann', at });
  events.emit({ kind: 'scan', repository: '', digest, actor: 'job:scan', at, detail: { outcome: 'recorded' } });
  await until(() => received.length === 2);
  const types = received.map(({ body }) => JSON.parse(body).type);
  assert.deepEqual(types.toSorted(), ['lading.registry.refuse', 'lading.registry.scan']);
});

test('what happened while the receiver was away, or the registry was stopped, is told later', async (t) => {
  const folder = await temporaryFolder(t);
  const { received, answer, url } = await receiver(t);
  answer.status = 503;
  const first = await started(t, folder, hookTo(url));
  await first.fed();
  await first.catalog.linkBlob('team/app', digest, 1);
  await until(() => received.length === 1);
  await first.stop();

  // Somebody else writes while no webhooks run.
  const journal = await openDirectoryJournal(join(folder, 'journal'));
  const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite'), journal });
  await catalog.linkBlob('team/other', digest, 1);
  await catalog.close();
  await journal.close();

  answer.status = 200;
  const second = await started(t, folder, hookTo(url));
  await until(async () => (await second.webhooks.deliveries.counts()).length === 0 && received.length >= 3);
  const subjects = received.map(({ body }) => JSON.parse(body).subject);
  assert.deepEqual(new Set(subjects.slice(1)), new Set([`team/app@${digest}`, `team/other@${digest}`]));
});

test('what no ledger keeps waits in memory while the database cannot take it', async (t) => {
  const { received, url } = await receiver(t);
  const journal = await openDirectoryJournal(join(await temporaryFolder(t), 'journal'));
  const catalog = await openCatalog({ path: ':memory:', journal });
  let refused = 0;
  const database: typeof catalog.database = {
    ...catalog.database,
    transaction: (...transaction) =>
      refused++ < 3 ? Promise.reject(new Error('away')) : catalog.database.transaction(...transaction),
  };
  // So that only what is queued in memory has to be written.
  await catalog.database.run('INSERT INTO delivery_position (sequence) VALUES (0)');
  const events = createEvents();
  const webhooks = createWebhooks({
    catalog: { ...catalog, database },
    events,
    metrics: createMetrics(),
    hooks: [hookTo(url)],
    source: 'https://registry.example.org',
    warn: () => {},
    pollMs: 10,
  });
  t.after(async () => {
    await webhooks.close();
    await catalog.close();
    await journal.close();
  });
  events.emit({ kind: 'pull', repository: 'team/app', tag: '1', digest, actor: 'anonymous', at: new Date() });
  await until(() => received.length === 1);
  assert.ok(refused > 3);
});

test('what a receiver refuses for good is given up, and can be sent again', async (t) => {
  const { received, answer, url } = await receiver(t);
  answer.status = 410;
  const { catalog, metrics, webhooks, fed } = await started(t, await temporaryFolder(t), hookTo(url));
  await fed();
  await catalog.linkBlob('team/app', digest, 1);
  await until(async () => (await webhooks.deliveries.counts())[0]?.dead === 1);
  const isDead = /lading_webhook_queue_length\{webhook="ci",state="dead"\} (\d)/;
  assert.equal(isDead.exec(await metrics.text())?.[1], '1');
  const [dead] = await webhooks.deliveries.list('ci', { state: 'dead', limit: 10 });
  assert.equal(dead?.error, 'HTTP 410');
  answer.status = 200;
  await webhooks.deliveries.retry('ci', dead.event);
  await until(async () => (await webhooks.deliveries.counts()).length === 0);
  assert.equal(received.length, 2);
  assert.equal(isDead.exec(await metrics.text())?.[1], '0', 'an alert ends');
});

test('filters are by kind, repository and tag', () => {
  const at = new Date();
  const wants = filterOf({ events: ['tag', 'quarantine'], repositories: ['team/**'], tags: ['v*', 'latest'] });
  const event = (more: Partial<RegistryEvent>): RegistryEvent => ({
    kind: 'tag',
    repository: 'team/app',
    actor: 'a',
    at,
    ...more,
  });
  assert.equal(wants(event({ tag: 'v1.2' })), true);
  assert.equal(wants(event({ tag: 'latest' })), true);
  assert.equal(wants(event({ tag: 'dev' })), false);
  assert.equal(wants(event({ tag: 'v1', repository: 'other/app' })), false);
  assert.equal(wants(event({ kind: 'untag', tag: 'v1' })), false);
  assert.equal(filterOf({ events: ['quarantine'] })(event({ kind: 'quarantine', repository: '' })), true);
});
