import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf, emptyDescriptor, encodeJson, mediaTypes } from '@lading/oci';
import { openAccess } from './access/access.ts';
import { pushBlob, putManifest } from './testing/push.ts';
import { startTestRegistry, type TestRegistry } from './testing/test-registry.ts';

const subject = { ...emptyDescriptor, digest: digestOf('subject') };

async function refer(registry: TestRegistry, artifactType: string, note: string): Promise<Digest> {
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: emptyDescriptor,
    layers: [],
    subject,
    annotations: { note },
  });
  const answer = await putManifest(registry, `app/manifests/${digestOf(bytes)}`, bytes);
  assert.equal(answer.headers.get('oci-subject'), subject.digest);
  return digestOf(bytes);
}

/** Digests of all pages, and how many pages there were. */
async function everyPage(registry: TestRegistry, path: string): Promise<[found: string[], pages: number]> {
  const found: string[] = [];
  let pages = 0;
  for (let next: string | undefined = path; next !== undefined; pages++) {
    const answer: Response = await fetch(registry.url + next);
    assert.equal(answer.headers.get('content-type'), mediaTypes.ociIndex);
    const text = await answer.text();
    assert.ok(text.length < 4 << 20);
    found.push(...(JSON.parse(text) as { manifests: { digest: string }[] }).manifests.map(({ digest }) => digest));
    next = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return [found, pages];
}

test('referrers come in pages of n, filtered by artifact type, each of them once', async (t) => {
  const registry = await startTestRegistry(t);
  const notes = await Promise.all(['1', '2', '3'].map((note) => refer(registry, 'application/vnd.example.note', note)));
  const other = await refer(registry, 'application/vnd.example.other+json', 'x');
  const path = `/v2/app/referrers/${subject.digest}`;
  assert.deepEqual(await everyPage(registry, path), [[...notes, other].sort(), 1]);
  assert.deepEqual(await everyPage(registry, `${path}?n=2`), [[...notes, other].sort(), 2]);
  const filter = `artifactType=${encodeURIComponent('application/vnd.example.note')}`;
  assert.deepEqual(await everyPage(registry, `${path}?n=1&${filter}`), [[...notes].sort(), 3]);
  const filtered = await fetch(`${registry.url}${path}?artifactType=application/vnd.example.other%2Bjson`);
  assert.equal(filtered.headers.get('oci-filters-applied'), 'artifactType');
  assert.equal(((await filtered.json()) as { manifests: object[] }).manifests.length, 1);
  for (const query of ['last=x', 'artifactType=a%00b', 'n=x']) {
    assert.equal((await fetch(`${registry.url}${path}?${query}`)).status, 400);
  }
});

test('referrers that do not fit into one index come in several', async (t) => {
  const registry = await startTestRegistry(t);
  const large = 'x'.repeat(1_200_000);
  const all = await Promise.all(
    ['a', 'b', 'c'].map((note) => refer(registry, 'application/vnd.example', note + large)),
  );
  assert.deepEqual(await everyPage(registry, `/v2/app/referrers/${subject.digest}`), [all.sort(), 2]);
});

test('the catalog shows what the caller may pull from, in pages of that', async (t) => {
  const access = {
    ...openAccess,
    may: (_: unknown, action: string, name: string) => action === 'push' || !name.includes('hidden'),
  };
  const registry = await startTestRegistry(t, { access });
  for (const name of ['a', 'b/hidden', 'c', 'd/hidden', 'e', 'hidden']) await pushBlob(registry, name, 'x');
  const list = async (query: string): Promise<[string[], string | null]> => {
    const answer = await fetch(`${registry.url}/v2/_catalog${query}`);
    return [((await answer.json()) as { repositories: string[] }).repositories, answer.headers.get('link')];
  };
  assert.deepEqual(await list(''), [['a', 'c', 'e'], null]);
  assert.deepEqual(await list('?n=2'), [['a', 'c'], '</v2/_catalog?n=2&last=c>; rel="next"']);
  assert.deepEqual(await list('?n=2&last=c'), [['e'], null]);
  assert.deepEqual(await list('?n=3'), [['a', 'c', 'e'], null]);
  assert.deepEqual(await list('?n=0'), [[], null]);
  assert.deepEqual(await list(`?n=${'9'.repeat(400)}`), [['a', 'c', 'e'], null]);
  for (const query of ['?n=-1', '?n=x', '?last=%00']) {
    assert.equal((await fetch(`${registry.url}/v2/_catalog${query}`)).status, 400);
  }
});
