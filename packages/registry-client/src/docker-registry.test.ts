import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { drain, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Descriptor, Digester, descriptorOf, digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { type ContentStore, get, put, type Repository } from '@lading/store';
import {
  type DockerRegistry,
  findProgram,
  mixedBytes,
  runProgram,
  skipUnless,
  startDockerRegistry,
  temporaryFolder,
} from '@lading/testkit';
import { anonymous, createUploadJournal, openRegistry, type Registry } from './index.ts';

async function start(t: TestContext): Promise<{ server: DockerRegistry; registry: Registry } | undefined> {
  const server = await startDockerRegistry(t);
  if (server === undefined) return undefined;
  const registry = openRegistry({ registry: server.host, credentials: anonymous });
  t.after(() => registry.close());
  return { server, registry };
}

/** A config, a layer and a manifest over them. */
async function pushImage({ content }: Repository, mark: string): Promise<{ manifest: Descriptor; layer: Descriptor }> {
  const config = await put(
    content,
    encodeJson({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(mark)] } }),
    { mediaType: mediaTypes.ociConfig },
  );
  const layer = await put(content, Buffer.from(mark), { mediaType: mediaTypes.ociLayer });
  const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] });
  return { manifest: await put(content, bytes, descriptorOf(bytes, mediaTypes.ociManifest)), layer };
}

test('push, tag, list, pull, mount and delete against docker-registry', async (t) => {
  const started = await start(t);
  if (started === undefined) return;
  const { registry } = started;
  await registry.ping();
  const app = registry.repository('team/app');
  assert.equal(app.name, `${registry.name}/team/app`);
  const { manifest, layer } = await pushImage(app, 'one');
  assert.deepEqual(await app.references.tag('v1', manifest), { tagged: true });
  assert.deepEqual(await Array.fromAsync(app.references.tags()), ['v1']);
  assert.deepEqual(await Array.fromAsync(registry.catalog()), ['team/app']);
  assert.deepEqual(await Array.fromAsync(registry.repository('no/such').references.tags()), []);

  const copy = registry.repository('copy');
  assert.equal(await copy.content.mount?.(layer, app.name), true);
  assert.ok(await copy.content.stat(layer));
  assert.equal(await copy.content.mount?.({ ...layer, digest: digestOf('nowhere') }, 'team/app'), false);
  assert.equal(await copy.content.mount?.(layer, 'registry.example.org/team/app'), false);

  await assert.rejects(app.references.untag('v1'), (error) => isLadingError(error, 'REGISTRY_UNSUPPORTED'));
  assert.equal((await app.references.resolve('v1'))?.digest, manifest.digest, 'nothing was deleted instead');
  assert.equal(await app.content.delete(manifest.digest), true);
  assert.equal(await app.references.resolve('v1'), undefined);
  assert.equal(await app.content.delete(layer.digest), true);
  assert.equal(await app.content.stat(layer), undefined);
  await assert.rejects(Array.fromAsync(app.content.list()), (error) => isLadingError(error, 'REGISTRY_UNSUPPORTED'));
});

test('a manifest that names a missing blob is refused with a hint', async (t) => {
  const started = await start(t);
  if (started === undefined) return;
  const { content } = started.registry.repository('app');
  const absent = { mediaType: mediaTypes.ociLayer, digest: digestOf('absent'), size: 6 };
  const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: absent, layers: [absent] });
  await assert.rejects(put(content, bytes, descriptorOf(bytes, mediaTypes.ociManifest)), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_RESPONSE'));
    assert.match(error.message, /MANIFEST_BLOB_UNKNOWN/);
    assert.match(error.hint ?? '', /Push the blobs/);
    return true;
  });
});

test('64 MiB stream up from a reused buffer and down again, whole', async (t) => {
  const started = await start(t);
  if (started === undefined) return;
  const { content } = started.registry.repository('big');
  const buffer = Buffer.alloc(300_000);
  async function* source() {
    for (let turn = 0; turn < 224; turn++) {
      // Small and large chunks: whoever keeps one while asking for the next sends nonsense.
      const chunk = buffer.subarray(0, turn % 3 === 0 ? 1000 : 300_000);
      chunk.fill(turn);
      yield chunk;
    }
  }
  const digester = new Digester();
  for await (const chunk of source()) digester.update(chunk);
  const { size } = digester;
  const digest = digester.digest();
  const stored = await put(content, source(), { digest, size });
  assert.deepEqual({ digest: stored.digest, size: stored.size }, { digest, size });
  let largest = 0;
  const counted = (await content.open({ mediaType: 'application/octet-stream', digest, size }))[Symbol.asyncIterator]();
  for (let next = await counted.next(); !next.done; next = await counted.next()) {
    largest = Math.max(largest, next.value.byteLength);
  }
  assert.ok(largest >= 256 * 1024, 'chunks are large');
  assert.equal(await drain(await content.open(digest)), size, 'found by its bare digest too');
});

test('deleting a referrer takes it off the list that clients keep', async (t) => {
  const started = await start(t);
  if (started === undefined) return;
  const repository = started.registry.repository('app');
  const { manifest: subject, layer } = await pushImage(repository, 'subject');
  const attach = async (mark: string): Promise<Descriptor> => {
    const artifact = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'application/x-note',
      config: layer,
      layers: [layer],
      subject,
      annotations: { mark },
    };
    return put(repository.content, encodeJson(artifact), { mediaType: mediaTypes.ociManifest });
  };
  const digests = async () =>
    (await Array.fromAsync(repository.references.referrers(subject.digest))).map(({ digest }) => digest).sort();
  const attached = await Promise.all(['a', 'b', 'c', 'd'].map(attach));
  assert.deepEqual(await digests(), attached.map(({ digest }) => digest).sort(), 'none is lost by pushing at once');
  const [first, ...others] = attached;
  assert.equal(await repository.content.delete(first!.digest), true);
  assert.deepEqual(await digests(), others.map(({ digest }) => digest).sort());
});

test('skopeo reads what was pushed and we read what skopeo pushed', async (t) => {
  const skopeo = findProgram('skopeo');
  if (!skipUnless(t, skopeo !== undefined, 'the program skopeo')) return;
  const started = await start(t);
  if (started === undefined) return;
  const { server, registry } = started;
  const ours = registry.repository('ours');
  const { manifest } = await pushImage(ours, 'one');
  await ours.references.tag('v1', manifest);
  const folder = join(await temporaryFolder(t), 'image');
  const run = async (...args: string[]) => {
    const result = await runProgram(skopeo ?? '', ['--insecure-policy', ...args]);
    assert.equal(result.code, 0, result.stderr);
  };
  await run('copy', '--src-tls-verify=false', `docker://${server.host}/ours:v1`, `dir:${folder}`);
  await run('copy', '--dest-tls-verify=false', `dir:${folder}`, `docker://${server.host}/theirs:v1`);
  const theirs = registry.repository('theirs');
  const found = await theirs.references.resolve('v1');
  assert.equal(found?.digest, manifest.digest);
  assert.ok((await get(theirs.content, manifest, { maxBytes: 10_000 })).length > 0);
});

test('a push that is interrupted ends its chunk in good order, and a later one goes on from there', async (t) => {
  const started = await start(t);
  if (started === undefined) return;
  const uploads = createUploadJournal(join(await temporaryFolder(t), 'uploads'));
  const open = (): ContentStore => {
    const registry = openRegistry({ registry: started.server.host, credentials: anonymous, uploads });
    t.after(() => registry.close());
    return registry.repository('big').content;
  };
  const data = mixedBytes(3_000_000);
  const expected = descriptorOf(data, 'application/octet-stream');
  const controller = new AbortController();
  async function* source() {
    yield data.subarray(0, 1_000_000);
    yield data.subarray(1_000_000, 2_000_000);
    controller.abort();
    await new Promise(() => {});
  }
  const first = await open().begin({ expected, adopt: true });
  await assert.rejects(first.append(source(), { signal: controller.signal }), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
  assert.equal(first.offset, 2_000_000);
  await first.suspend();
  const second = await open().begin({ expected, adopt: true });
  assert.equal(second.offset, 2_000_000);
  await second.append(fromBuffer(data.subarray(2_000_000)));
  await second.commit();
  assert.equal(await drain(await open().open(expected)), data.length);
});
