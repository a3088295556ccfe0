import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Descriptor, digestOf } from '@lading/oci';
import { put } from '../put.ts';
import type { Page, ReferenceStore, Repository } from '../reference-store.ts';
import { type Cases, type ContractOptions, runContract } from './contract.ts';

/** The contract of ReferenceStore as tests. `open` gives an empty repository whose content can be written. */
export function referenceStoreContract(
  name: string,
  open: (t: TestContext) => Promise<Repository>,
  options: ContractOptions = {},
): void {
  runContract(name, open, cases, options);
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const emptyType = 'application/vnd.oci.empty.v1+json';

/** Writes a manifest with everything it needs, so that a strict registry accepts it, and records it. */
async function record(repository: Repository, value: object, mediaType = manifestType): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await put(repository.content, bytes, descriptor);
  await repository.references.record(descriptor, bytes);
  return descriptor;
}

async function image(repository: Repository, more: { mark: string; [field: string]: unknown }): Promise<Descriptor> {
  const { mark, ...fields } = more;
  const config = await put(repository.content, Buffer.from('{}'), { mediaType: emptyType });
  const layer = await put(repository.content, Buffer.from(mark), { mediaType: 'application/octet-stream' });
  const value = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer], ...fields };
  return record(repository, value);
}

async function tagsOf(references: ReferenceStore, page?: Page): Promise<string[]> {
  return Array.fromAsync(references.tags(page));
}

function pick({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

const cases: Cases<Repository> = {
  'a tag resolves to its manifest; an absent one to undefined': async (repository) => {
    const { references } = repository;
    const one = await image(repository, { mark: 'one' });
    assert.equal(await references.resolve('latest'), undefined);
    assert.deepEqual(await references.tag('latest', one), { tagged: true });
    assert.deepEqual(pick((await references.resolve('latest'))!), one);
  },
  'a recorded manifest resolves by digest; an unknown digest to undefined': async (repository) => {
    const one = await image(repository, { mark: 'one' });
    assert.deepEqual(pick((await repository.references.resolve(one.digest))!), one);
    assert.equal(await repository.references.resolve(digestOf('absent')), undefined);
  },
  'a tag moves, and says from where': async (repository) => {
    const { references } = repository;
    const [one, two] = [await image(repository, { mark: 'one' }), await image(repository, { mark: 'two' })];
    await references.tag('latest', one);
    const outcome = await references.tag('latest', two);
    assert.ok(outcome.tagged);
    assert.equal(outcome.previous?.digest, one.digest);
    assert.equal((await references.resolve('latest'))?.digest, two.digest);
    assert.equal((await references.resolve(one.digest))?.digest, one.digest, 'the manifest stays');
  },
  'a manifest that was never recorded cannot be tagged': async ({ references }) => {
    const descriptor = { mediaType: manifestType, digest: digestOf('absent'), size: 6 };
    await assert.rejects(references.tag('latest', descriptor), (error) => isLadingError(error, 'REFERENCE_NOT_FOUND'));
    assert.equal(await references.resolve('latest'), undefined);
  },
  'a tag is neither empty nor a digest': async (repository) => {
    const one = await image(repository, { mark: 'one' });
    for (const tag of ['', digestOf('another')]) {
      await assert.rejects(repository.references.tag(tag, one), (error) => isLadingError(error, 'REFERENCE_INVALID'));
    }
    assert.deepEqual(await tagsOf(repository.references), []);
  },
  'compare-and-swap moves the tag only from what was expected': async (repository) => {
    const { references } = repository;
    const [one, two] = [await image(repository, { mark: 'one' }), await image(repository, { mark: 'two' })];
    assert.deepEqual(await references.tag('v1', one, { expected: two.digest }), { tagged: false });
    assert.ok((await references.tag('v1', one, { expected: null })).tagged);
    const again = await references.tag('v1', two, { expected: null });
    assert.ok(!again.tagged);
    assert.equal(again.actual?.digest, one.digest);
    const wrong = await references.tag('v1', two, { expected: two.digest });
    assert.ok(!wrong.tagged);
    assert.equal(wrong.actual?.digest, one.digest);
    assert.equal((await references.resolve('v1'))?.digest, one.digest);
    assert.ok((await references.tag('v1', two, { expected: one.digest })).tagged);
  },
  'of many that create a tag at once, one wins': async (repository) => {
    const candidates = await Promise.all(['a', 'b', 'c', 'd'].map((mark) => image(repository, { mark })));
    const outcomes = await Promise.all(
      candidates.map((descriptor) => repository.references.tag('once', descriptor, { expected: null })),
    );
    assert.equal(outcomes.filter((outcome) => outcome.tagged).length, 1);
  },
  'many tags made at once are all kept': async (repository) => {
    const one = await image(repository, { mark: 'one' });
    const names = Array.from({ length: 12 }, (_, index) => `t${String(index).padStart(2, '0')}`);
    await Promise.all(names.map((name) => repository.references.tag(name, one)));
    assert.deepEqual(await tagsOf(repository.references), names);
  },
  'untag removes the tag, never the manifest or its other tags': async (repository) => {
    const { references } = repository;
    const one = await image(repository, { mark: 'one' });
    await references.tag('a', one);
    await references.tag('b', one);
    assert.equal(await references.untag('a'), true);
    assert.equal(await references.untag('a'), false);
    assert.equal(await references.resolve('a'), undefined);
    assert.deepEqual(await tagsOf(references), ['b']);
    await references.untag('b');
    assert.equal((await references.resolve(one.digest))?.digest, one.digest);
  },
  'tags come in byte order, in pages': async (repository) => {
    const { references } = repository;
    const one = await image(repository, { mark: 'one' });
    for (const tag of ['v2', 'Latest', 'v10', '_x', 'v1', 'a-b', 'a.b']) await references.tag(tag, one);
    assert.deepEqual(await tagsOf(references), ['Latest', '_x', 'a-b', 'a.b', 'v1', 'v10', 'v2']);
    assert.deepEqual(await tagsOf(references, { limit: 2 }), ['Latest', '_x']);
    assert.deepEqual(await tagsOf(references, { after: '_x', limit: 3 }), ['a-b', 'a.b', 'v1']);
    assert.deepEqual(await tagsOf(references, { after: 'v' }), ['v1', 'v10', 'v2'], 'after need not exist');
    assert.deepEqual(await tagsOf(references, { after: 'v2' }), []);
    assert.deepEqual(await tagsOf(references, { limit: 0 }), []);
  },
  'referrers are the manifests whose subject is the digest': async (repository) => {
    const { references } = repository;
    const subject = await image(repository, { mark: 'one' });
    const other = await image(repository, { mark: 'two' });
    const annotations = { 'org.example.note': 'kept' };
    const sbom = await image(repository, { mark: 's', artifactType: 'application/x-sbom', subject, annotations });
    const plain = await image(repository, { mark: 'p', subject });
    const group = await record(
      repository,
      { schemaVersion: 2, mediaType: indexType, artifactType: 'application/x-group', manifests: [], subject },
      indexType,
    );
    await image(repository, { mark: 'o', artifactType: 'application/x-sbom', subject: other });
    const found = new Map(
      (await Array.fromAsync(references.referrers(subject.digest))).map((descriptor) => [
        descriptor.digest,
        descriptor,
      ]),
    );
    assert.deepEqual([...found.keys()].sort(), [sbom.digest, plain.digest, group.digest].sort());
    assert.deepEqual(found.get(sbom.digest), { ...sbom, artifactType: 'application/x-sbom', annotations });
    assert.equal(found.get(plain.digest)?.artifactType, emptyType, 'falls back to the media type of the config');
    assert.equal(found.get(group.digest)?.mediaType, indexType);
    assert.deepEqual(await Array.fromAsync(references.referrers(digestOf('absent'))), []);
  },
  'referrers are filtered by artifactType': async (repository) => {
    const subject = await image(repository, { mark: 'one' });
    const sbom = await image(repository, { mark: 's', artifactType: 'application/x-sbom', subject });
    await image(repository, { mark: 'g', artifactType: 'application/x-signature', subject });
    const { references } = repository;
    const found = await Array.fromAsync(references.referrers(subject.digest, { artifactType: 'application/x-sbom' }));
    assert.deepEqual(found.map(pick), [sbom]);
    assert.deepEqual(await Array.fromAsync(references.referrers(subject.digest, { artifactType: 'x' })), []);
  },
  'a referrer may be recorded before its subject': async (repository) => {
    const later = { mediaType: manifestType, digest: digestOf('later'), size: 5 };
    const sbom = await image(repository, { mark: 's', artifactType: 'application/x-sbom', subject: later });
    const found = await Array.fromAsync(repository.references.referrers(later.digest));
    assert.deepEqual(found.map(pick), [sbom]);
  },
  'recording the same manifest twice changes nothing': async (repository) => {
    const subject = await image(repository, { mark: 'one' });
    for (let turn = 0; turn < 2; turn++) await image(repository, { mark: 's', subject });
    assert.equal((await Array.fromAsync(repository.references.referrers(subject.digest))).length, 1);
  },
  'the children of an index resolve by digest, and the index by its tag': async (repository) => {
    const { references } = repository;
    const children = [await image(repository, { mark: 'one' }), await image(repository, { mark: 'two' })];
    const index = await record(repository, { schemaVersion: 2, mediaType: indexType, manifests: children }, indexType);
    await references.tag('multi', index);
    assert.deepEqual(pick((await references.resolve('multi'))!), index);
    for (const child of children) assert.deepEqual(pick((await references.resolve(child.digest))!), child);
    assert.deepEqual(await tagsOf(references), ['multi']);
  },
  'a signal that fired already refuses every call': async (repository) => {
    const { references } = repository;
    const one = await image(repository, { mark: 'one' });
    const signal = AbortSignal.abort();
    const interrupted = (error: unknown): boolean => isLadingError(error, 'INTERRUPTED');
    await assert.rejects(references.resolve('a', { signal }), interrupted);
    await assert.rejects(references.tag('a', one, { signal }), interrupted);
    await assert.rejects(references.untag('a', { signal }), interrupted);
  },
};
