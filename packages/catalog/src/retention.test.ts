import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type Descriptor,
  type Digest,
  descriptorOf,
  digestOf,
  emptyDescriptor,
  encodeJson,
  mediaTypes,
} from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import type { Catalog } from './catalog.ts';
import { migrate } from './database/migrations.ts';
import { openSqlite } from './database/sqlite.ts';
import { type CatalogPlace, openCatalog } from './open-catalog.ts';
import { testEverywhere } from './testing/places.ts';

const hour = 3_600_000;
const never = { undoSince: new Date('2100-01-01'), recordedSince: new Date('2100-01-01') };

interface Sample {
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

function manifestOf(name: string, more: { layers?: string[]; subject?: Descriptor } = {}): Sample {
  const layers = (more.layers ?? []).map((layer) => descriptorOf(Buffer.from(layer), mediaTypes.ociLayerGzip));
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: emptyDescriptor,
    layers,
    ...(more.subject === undefined ? {} : { subject: more.subject }),
    annotations: { name },
  });
  return { bytes, descriptor: descriptorOf(bytes, mediaTypes.ociManifest) };
}

function indexOf(...manifests: Descriptor[]): Sample {
  const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  return { bytes, descriptor: descriptorOf(bytes, mediaTypes.ociIndex) };
}

async function record(catalog: Catalog, repository: string, { bytes, descriptor }: Sample): Promise<Digest> {
  await catalog.references(repository).record(descriptor, bytes);
  return descriptor.digest;
}

/** A catalog whose clock the test moves. */
async function openAt(t: TestContext, place: CatalogPlace): Promise<{ catalog: Catalog; pass(ms: number): Date }> {
  let time = Date.parse('2024-01-01');
  const catalog = await openCatalog({ ...place, now: () => new Date(time) });
  t.after(() => catalog.close());
  return {
    catalog,
    pass(ms) {
      time += ms;
      return new Date(time);
    },
  };
}

async function swept(catalog: Catalog, window = never): Promise<Digest[]> {
  return (await catalog.sweep(window)).map(({ descriptor }) => descriptor.digest).sort();
}

testEverywhere(
  'sweep() keeps tags and pins with their children and, recursively, what refers to those',
  async (t, place) => {
    const { catalog } = await openAt(t, place);
    const child = manifestOf('child', { layers: ['a'] });
    const index = indexOf(child.descriptor);
    const signature = manifestOf('signature', { subject: child.descriptor, layers: ['s'] });
    const countersignature = manifestOf('countersignature', { subject: signature.descriptor });
    const pinned = manifestOf('pinned', { layers: ['p'] });
    const loose = manifestOf('loose', { layers: ['l', 'a'] });
    for (const sample of [child, index, signature, countersignature, pinned, loose])
      await record(catalog, 'app', sample);
    await catalog.references('app').tag('1', index.descriptor);
    assert.equal(await catalog.pin('app', pinned.descriptor.digest), true);
    assert.equal(await catalog.pin('app', pinned.descriptor.digest), true);
    assert.equal(await catalog.pin('other', pinned.descriptor.digest), false);

    assert.deepEqual(
      (await catalog.sweep({ ...never, dryRun: true })).map(({ repository, descriptor }) => [repository, descriptor]),
      [['app', loose.descriptor]],
    );
    const kept = await catalog.keptContent(never);
    for (const layer of ['a', 's', 'p']) assert.ok(kept.has(digestOf(layer)), layer);
    assert.equal(kept.has(digestOf('l')), false);
    assert.deepEqual(await swept(catalog), [loose.descriptor.digest]);
    assert.equal(await catalog.isReferenced(digestOf('l')), false);
    assert.deepEqual(await swept(catalog), []);
    assert.equal(await catalog.unpin('app', pinned.descriptor.digest), true);
    assert.equal(await catalog.unpin('app', pinned.descriptor.digest), false);
    assert.deepEqual(await swept(catalog), [pinned.descriptor.digest]);
  },
);

testEverywhere(
  'sweep() keeps what a tag pointed to, or what was pinned, as long as that can be undone',
  async (t, place) => {
    const { catalog, pass } = await openAt(t, place);
    const [one, two, three] = [manifestOf('1'), manifestOf('2'), manifestOf('3')];
    for (const sample of [one, two, three]) await record(catalog, 'app', sample);
    await catalog.references('app').tag('latest', one.descriptor);
    await catalog.pin('app', three.descriptor.digest);
    const moved = pass(hour);
    await catalog.references('app').tag('latest', two.descriptor);
    const removed = pass(hour);
    assert.equal(await catalog.removeTag('app', 'latest', one.descriptor.digest), undefined, 'it points elsewhere');
    assert.equal(await catalog.removeTag('app', 'latest', two.descriptor.digest), two.descriptor.digest);
    await catalog.unpin('app', three.descriptor.digest);

    assert.deepEqual(
      (await catalog.undoable()).map(({ name, digest, previous }) => [name, digest, previous]),
      [
        [three.descriptor.digest, undefined, three.descriptor.digest],
        ['latest', undefined, two.descriptor.digest],
      ],
    );
    assert.deepEqual(await swept(catalog, { ...never, undoSince: moved }), []);
    assert.deepEqual(await swept(catalog, { ...never, undoSince: removed }), [one.descriptor.digest]);
    assert.deepEqual(await swept(catalog), [two.descriptor.digest, three.descriptor.digest].sort());
    assert.deepEqual(await catalog.undoable(), []);
  },
);

testEverywhere(
  'sweep() keeps what was recorded, or recorded again, a short while ago, and what is held',
  async (t, place) => {
    const { catalog, pass } = await openAt(t, place);
    const [one, two] = [manifestOf('1'), manifestOf('2')];
    await record(catalog, 'app', one);
    await record(catalog, 'app', two);
    const since = pass(hour);
    await record(catalog, 'app', one);
    const held = new Set([two.descriptor.digest]);
    assert.deepEqual(await catalog.sweep({ ...never, recordedSince: since, held }), []);
    assert.deepEqual(await swept(catalog, { ...never, recordedSince: since }), [two.descriptor.digest]);
  },
);

testEverywhere(
  'a tag that attaches something to a manifest goes with it, and stays when it is alone',
  async (t, place) => {
    const { catalog } = await openAt(t, place);
    const [image, signature, lonely] = [manifestOf('image'), manifestOf('signature'), manifestOf('lonely')];
    for (const sample of [image, signature, lonely]) await record(catalog, 'app', sample);
    const companion = `${image.descriptor.digest.replace(':', '-')}.sig`;
    await catalog.references('app').tag(companion, signature.descriptor);
    await catalog.references('app').tag(`sha256-${'0'.repeat(64)}.sig`, lonely.descriptor);
    await catalog.references('app').tag('1', image.descriptor);
    assert.deepEqual(await swept(catalog), []);
    await catalog.references('app').untag('1');
    assert.deepEqual(await swept(catalog), [image.descriptor.digest, signature.descriptor.digest].sort());
    assert.equal(await catalog.references('app').resolve(companion), undefined);
    assert.deepEqual(
      (await catalog.names()).map(({ tag, digest }) => [tag, digest]),
      [[`sha256-${'0'.repeat(64)}.sig`, lonely.descriptor.digest]],
    );
  },
);

testEverywhere('holdings() lists for each name what it holds, and nothing of what has none', async (t, place) => {
  const { catalog } = await openAt(t, place);
  const one = manifestOf('1', { layers: ['shared', 'own'] });
  const two = manifestOf('2', { layers: ['shared'] });
  const loose = manifestOf('3', { layers: ['other'] });
  for (const sample of [one, two, loose]) await record(catalog, 'app', sample);
  await catalog.references('app').tag('1', one.descriptor);
  await catalog.references('app').tag('also', one.descriptor);
  await catalog.pin('app', two.descriptor.digest);
  const held = (await catalog.holdings()).map(({ root, digest, size }) => `${root} ${digest} ${size}`).sort();
  const [holder] = await catalog.holders(digestOf('other'));
  assert.deepEqual([holder?.repository, holder?.kind, holder?.descriptor.size], ['app', 'layer', 5]);
  assert.deepEqual((await catalog.holders(loose.descriptor.digest))[0]?.descriptor, loose.descriptor);
  const config = [emptyDescriptor.digest, emptyDescriptor.size] as const;
  const expected = [
    [one, one.descriptor.digest, one.bytes.length],
    [one, ...config],
    [one, digestOf('shared'), 6],
    [one, digestOf('own'), 3],
    [two, two.descriptor.digest, two.bytes.length],
    [two, ...config],
    [two, digestOf('shared'), 6],
  ] as const;
  assert.deepEqual(held, expected.map(([root, digest, size]) => `${root.descriptor.digest} ${digest} ${size}`).sort());
});

test('sweep() removes exactly what no root reaches, in any graph', async () => {
  const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(edges, fc.uniqueArray(fc.nat(9), { maxLength: 4 }), async (pairs, roots) => {
      const catalog = await openCatalog({ path: ':memory:' });
      try {
        // Only to a lower number: content addressing makes no circles. An even edge is a child, an odd one a subject.
        const links = pairs.filter(([from, to]) => to < from);
        const samples: Sample[] = [];
        const reaches = new Map<number, number[]>();
        for (let n = 0; n < 10; n++) {
          const below = links.filter(([from]) => from === n).map(([, to]) => to);
          const isIndex = n % 2 === 0 && below.length > 0;
          const subject = isIndex ? undefined : below[0];
          const sample = isIndex
            ? indexOf(...below.map((to) => samples[to]!.descriptor), manifestOf(`only ${n}`).descriptor)
            : manifestOf(String(n), subject === undefined ? {} : { subject: samples[subject]!.descriptor });
          samples.push(sample);
          await record(catalog, 'app', sample);
          if (isIndex) reaches.set(n, [...(reaches.get(n) ?? []), ...below]);
          else if (subject !== undefined) reaches.set(subject, [...(reaches.get(subject) ?? []), n]);
        }
        for (const root of roots) await catalog.pin('app', samples[root]!.descriptor.digest);
        const kept = new Set(roots);
        for (const n of kept) for (const next of reaches.get(n) ?? []) kept.add(next);
        const expected = samples.filter((_, n) => !kept.has(n)).map(({ descriptor }) => descriptor.digest);
        assert.deepEqual(await swept(catalog), expected.sort());
      } finally {
        await catalog.close();
      }
    }),
    { numRuns: 60 },
  );
});

test('a catalog of the first format is migrated: what never had a name is pinned, what lost it is not', async (t) => {
  const path = join(await temporaryFolder(t), 'catalog.sqlite');
  const [nameless, child, once] = [manifestOf('nameless'), manifestOf('child'), manifestOf('once')];
  const index = indexOf(child.descriptor);
  const first = await openSqlite(path);
  await migrate(first, 1);
  await first.run("INSERT INTO repositories VALUES (1, 'app', '2024-01-01T00:00:00.000Z')");
  for (const { descriptor } of [nameless, child, index, once]) {
    await first.run(
      "INSERT INTO manifests (repository_id, digest, size, media_type, created_at) VALUES (1, ?, 1, ?, '2024-01-01T00:00:00.000Z')",
      descriptor.digest,
      descriptor.mediaType,
    );
  }
  const [parent, part] = [index.descriptor.digest, child.descriptor.digest];
  await first.run("INSERT INTO children VALUES (1, ?, ?, 'manifest', 1)", parent, part);
  await first.run(
    "INSERT INTO tag_history VALUES (1, 1, 'old', NULL, ?, '2024-01-01T00:00:00.000Z')",
    once.descriptor.digest,
  );
  await first.close();

  const second = await openCatalog({ path });
  t.after(() => second.close());
  const pins = (await second.pins('app')).map(({ descriptor }) => descriptor.digest);
  assert.deepEqual(pins.sort(), [nameless.descriptor.digest, index.descriptor.digest].sort());
  assert.deepEqual(await swept(second), [once.descriptor.digest]);
});
