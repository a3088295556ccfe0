import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { type Descriptor, digestOf, encodeJson, hexOf, mediaTypes } from '@lading/oci';
import { assertEmpty, emptyStore, refused, tarOf } from '../testing/refused-bundle.ts';
import { stageBundle } from './stage-bundle.ts';

/** A layout made by hand; blobs by content, and what index.json lists. */
async function layout(blobs: readonly Uint8Array[], manifests: readonly object[]): Promise<Buffer> {
  return tarOf([
    ['oci-layout', encodeJson({ imageLayoutVersion: '1.0.0' })],
    ['index.json', encodeJson({ schemaVersion: 2, manifests })],
    ...blobs.map((bytes) => [`blobs/sha256/${hexOf(digestOf(bytes))}`, bytes] as const),
  ]);
}

function describe(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

test('manifests that lie, are too deep or are none are refused', async (t) => {
  const store = await emptyStore(t);
  const config = Buffer.from('{}');
  const configOf = describe(config, mediaTypes.ociConfig);
  const manifest = (more: object): Uint8Array =>
    encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: configOf, layers: [], ...more });
  const entry = (bytes: Uint8Array, mediaType: string = mediaTypes.ociManifest) => describe(bytes, mediaType);

  const wrongSize = manifest({ config: { ...configOf, size: 3 } });
  await refused(
    store,
    await layout([config, wrongSize], [entry(wrongSize)]),
    /must have 3 bytes and has 2/,
    'SIZE_MISMATCH',
  );
  const wrongData = manifest({ config: { ...configOf, data: 'e10=' } });
  await refused(store, await layout([config, wrongData], [entry(wrongData)]), /embedded/, 'DIGEST_MISMATCH');
  const lacks = manifest({ layers: [{ ...configOf, digest: digestOf('gone') }] });
  await refused(store, await layout([config, lacks], [entry(lacks)]), /is missing, which/, 'BUNDLE_INCOMPLETE');
  await refused(store, await layout([config], [entry(config)]), /is none/, 'ARCHIVE_INVALID');
  const both = manifest({ manifests: [] });
  await refused(store, await layout([config, both], [entry(both)]), /sha256/, 'MANIFEST_INVALID');
  const old = manifest({ mediaType: mediaTypes.dockerSchema1 });
  await refused(store, await layout([config, old], [entry(old)]), /schema 1/, 'MANIFEST_UNSUPPORTED');

  const good = manifest({});
  const nested = [good];
  for (let depth = 0; depth < 12; depth++) {
    const below = nested.at(-1)!;
    const type = depth === 0 ? mediaTypes.ociManifest : mediaTypes.ociIndex;
    nested.push(encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry(below, type)] }));
  }
  const top = nested.at(-1)!;
  await refused(
    store,
    await layout([config, ...nested], [entry(top, mediaTypes.ociIndex)]),
    /indexes deep/,
    'ARCHIVE_INVALID',
  );

  // An index cannot hold its own digest, but it can be filed under the one that it names.
  const hex = '0'.repeat(64);
  const self = encodeJson({
    schemaVersion: 2,
    manifests: [{ ...entry(good, mediaTypes.ociIndex), digest: `sha256:${hex}` }],
  });
  const circle = await tarOf([
    ['oci-layout', encodeJson({ imageLayoutVersion: '1.0.0' })],
    [
      'index.json',
      encodeJson({ schemaVersion: 2, manifests: [{ ...entry(self, mediaTypes.ociIndex), digest: `sha256:${hex}` }] }),
    ],
    [`blobs/sha256/${hex}`, self],
  ]);
  await refused(store, circle, /has the digest/, 'DIGEST_MISMATCH');
  const foreign = [{ ...entry(good), mediaType: 'application/x-other' }];
  const staged = await stageBundle(fromBuffer(await layout([config, good], foreign)), {
    where: 'b.tar',
    content: store,
  });
  assert.deepEqual([staged.contents.manifests, staged.unused.length], [[], 2], 'what other programs list is not ours');
  await staged.discard();
  await assertEmpty(store);
});

test('archives that are too large where they must be small, or are no layouts, are refused', async (t) => {
  const store = await emptyStore(t);
  const version = ['oci-layout', encodeJson({ imageLayoutVersion: '1.0.0' })] as const;
  const large = Buffer.alloc((4 << 20) + 1, ' ');
  await refused(store, await tarOf([version, ['index.json', large]]), /more than 4194304 bytes/, 'ARCHIVE_INVALID');
  await refused(store, await tarOf([version]), /has no index\.json/, 'ARCHIVE_INVALID');
  await refused(store, await tarOf([['manifest.json', Buffer.from('[]')]]), /docker-archive/, 'ARCHIVE_INVALID');
  await refused(store, await tarOf([]), /neither/, 'ARCHIVE_INVALID');
  await refused(store, Buffer.from('not an archive'), /Cannot open archive b\.tar/, 'ARCHIVE_INVALID');
  await refused(store, await tarOf([['oci-layout', Buffer.from('{}')]]), /version/, 'LAYOUT_INVALID');
  // A header that announces more than there is costs nothing.
  const huge = await tarOf([version, [`blobs/sha256/${'a'.repeat(64)}`, Buffer.alloc(100)]]);
  const at = huge.indexOf('blobs/sha256/');
  huge.write('77777777777\0', at + 124, 'latin1');
  huge.fill(' ', at + 148, at + 156);
  const sum = huge.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  huge.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  await refused(store, huge, /the archive ends/, 'ARCHIVE_INVALID');
});
