import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import type { AccessEntry } from '../operations/access-log.ts';
import { basic, pushImage, testAccess, tokenFor } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';

interface Page {
  readonly items: readonly { readonly name?: string; readonly digest?: string; readonly previous?: string }[];
  readonly next?: string;
}

interface Description {
  readonly openapi: string;
  readonly servers: readonly object[];
  readonly security: readonly object[];
  readonly components: { readonly securitySchemes: object };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly responses: object;
}

test('the API lists repositories, tags and where a tag pointed, page by page', async (t) => {
  const { host, catalog } = await startTestRegistry(t);
  const references = catalog.references('team/app');
  const [one, two] = ['one', 'two'].map((text) => {
    const content = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [], annotations: { text } }));
    return {
      content,
      descriptor: {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: digestOf(content),
        size: content.length,
      },
    };
  });
  assert.ok(one !== undefined && two !== undefined);
  for (const { content, descriptor } of [one, two]) await references.record(descriptor, content);
  for (const tag of ['a', 'b', 'c']) await references.tag(tag, one.descriptor);
  await references.tag('b', two.descriptor);

  const get = async (path: string): Promise<Page> =>
    (await (await fetch(`http://${host}/api/v1${path}`)).json()) as Page;
  assert.deepEqual(await get('/repositories'), { items: [{ name: 'team/app' }] });
  const first = await get('/repositories/team%2Fapp/tags?limit=2');
  assert.deepEqual([first.items.map(({ name }) => name), first.next], [['a', 'b'], 'b']);
  assert.equal(first.items[1]?.digest, two.descriptor.digest);
  const second = await get(`/repositories/team%2Fapp/tags?limit=2&after=${first.next}`);
  assert.deepEqual([second.items.map(({ name }) => name), second.next], [['c'], undefined]);
  const { items } = await get('/repositories/team%2Fapp/tags/b/history');
  assert.deepEqual(
    items.map(({ digest, previous }) => [digest, previous]),
    [
      [two.descriptor.digest, one.descriptor.digest],
      [one.descriptor.digest, undefined],
    ],
  );
});

test('what the API refuses is a problem with a code', async (t) => {
  const { host } = await startTestRegistry(t);
  for (const [path, status, code] of [
    ['/repositories/no%2Fsuch/tags', 404, 'NAME_UNKNOWN'],
    ['/repositories?limit=many', 400, 'USAGE'],
    ['/nothing', 404, 'UNSUPPORTED'],
  ] as const) {
    const response = await fetch(`http://${host}/api/v1${path}`);
    assert.equal(response.status, status, path);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(((await response.json()) as { code: string }).code, code);
  }
});

test('the API describes itself', async (t) => {
  const { host } = await startTestRegistry(t);
  const document = (await (await fetch(`http://${host}/api/v1/openapi.json`)).json()) as Description;
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(document.servers, [{ url: '/api/v1' }]);
  const schemes = Object.keys(document.components.securitySchemes);
  assert.deepEqual(document.security.flatMap(Object.keys), schemes);
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      assert.ok(operation.operationId !== undefined && operation.summary !== undefined, `${method} ${path}`);
      const statuses = Object.keys(operation.responses);
      assert.ok(statuses.length > 2 && statuses.includes('4XX') && statuses.includes('5XX'), `${method} ${path}`);
    }
  }
});

test('what cannot be meant is refused, and never fails the registry', async (t) => {
  const { access } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  const grants = [{ repositories: 'team/**', actions: ['pull'] }];
  for (const [method, path, body] of [
    ['GET', '/repositories/a%0d%0aX-Y:%20z/tags', undefined],
    ['GET', '/repositories/a%22b/tags', undefined],
    ['GET', '/audit?repository=', undefined],
    ['GET', '/audit?actor=%00', undefined],
    ['GET', '/repositories/team%2Fapp/tags/%00/history', undefined],
    ['POST', '/robots', { name: 'ci', grants, description: 'a\0b' }],
    ['POST', '/robots', { name: 'ci', grants, expiresIn: '99999999999w' }],
    ['POST', '/robots/ci/rotate', { overlap: '99999999999w' }],
    ['PUT', '/deprecations', { repository: 'team/app', after: '2026-06-30T23:59:60Z' }],
  ] as const) {
    const type = { 'Content-Type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...basic('ann'), ...(body && type) },
      ...sent,
    });
    assert.equal(answer.status, 400, `${method} ${path}`);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  }
});

test('the log has what was behind an answer that says nothing of it', async (t) => {
  const entries: AccessEntry[] = [];
  const { url, catalog } = await startTestRegistry(t, { onRequest: (entry) => entries.push(entry) });
  t.mock.method(catalog, 'tagHistory', () => Promise.reject(new Error('the disk is gone')));
  t.mock.method(catalog, 'hasRepository', () => Promise.resolve(true));
  const answer = await fetch(`${url}/api/v1/repositories/app/tags/a/history`);
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /disk/);
  await fetch(`${url}/v2/`);
  assert.equal(entries[0]?.error, 'the disk is gone');
});

test('a token for something else is told what the API needs, for its lists would be a part that looks like all', async (t) => {
  const { access } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  await pushImage(url, 'team/app', 'v1', basic('ann'));
  const list = async (scopes: string[], path = '/repositories'): Promise<Response> => {
    const { token } = await tokenFor(url, scopes, basic('ann'));
    return fetch(`${url}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } });
  };
  for (const scopes of [[], ['repository:team/tool:pull']]) {
    const refused = await list(scopes);
    assert.equal(refused.status, 401);
    const wanted = refused.headers.get('www-authenticate') ?? '';
    assert.match(wanted, /,scope="registry:api:\*",error="insufficient_scope"$/);
    assert.equal((await list(scopes, '/openapi.json')).status, 200);
  }
  const answer = await list(['registry:api:*']);
  assert.deepEqual(await answer.json(), { items: [{ name: 'team/app' }] });
});

test('the API refuses what is nested without end, wherever it is sent', async (t) => {
  const { host } = await startTestRegistry(t);
  const body = '['.repeat(100_000) + ']'.repeat(100_000);
  const headers = { 'Content-Type': 'application/json' };
  for (const path of ['/trash/restore', '/nowhere']) {
    const answer = await fetch(`http://${host}/api/v1${path}`, { method: 'PUT', headers, body });
    assert.ok(answer.status === 400 || answer.status === 404, `${path}: ${answer.status}`);
  }
});
