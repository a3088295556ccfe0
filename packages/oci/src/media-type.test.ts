import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compressionOf,
  isConfigType,
  isForeignLayerType,
  isImageManifestType,
  isIndexType,
  isLayerType,
  isManifestType,
  mediaTypes,
} from './media-type.ts';

test('isManifestType() holds for image manifests and indexes of both worlds, and for nothing else', () => {
  const manifests = Object.values(mediaTypes).filter(isManifestType);
  assert.deepEqual(manifests.toSorted(), [
    mediaTypes.dockerManifestList,
    mediaTypes.dockerManifest,
    mediaTypes.ociIndex,
    mediaTypes.ociManifest,
  ]);
  assert.ok(manifests.every((type) => isIndexType(type) !== isImageManifestType(type)));
});

test('every predicate claims a media type alone', () => {
  for (const type of Object.values(mediaTypes)) {
    const claims = [isManifestType, isConfigType, isLayerType].filter((is) => is(type));
    assert.ok(claims.length <= 1, type);
  }
  assert.ok(isLayerType(mediaTypes.dockerForeignLayer) && isForeignLayerType(mediaTypes.dockerForeignLayer));
  assert.ok(!isForeignLayerType(mediaTypes.ociLayerGzip));
});

test('compressionOf() goes by the last suffix', () => {
  assert.equal(compressionOf(mediaTypes.ociLayer), 'none');
  assert.equal(compressionOf(mediaTypes.dockerLayer), 'none');
  assert.equal(compressionOf(mediaTypes.ociLayerGzip), 'gzip');
  assert.equal(compressionOf(mediaTypes.dockerLayerGzip), 'gzip');
  assert.equal(compressionOf(mediaTypes.ociForeignLayerZstd), 'zstd');
  assert.equal(compressionOf('application/vnd.cncf.helm.chart.content.v1.tar+gzip'), 'gzip');
  assert.equal(compressionOf(`${mediaTypes.ociLayerGzip}+encrypted`), 'none');
});
