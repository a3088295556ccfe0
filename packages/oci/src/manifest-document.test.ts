import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { type Descriptor, descriptorOf, emptyDescriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { encodeJson } from './json.ts';
import { artifactTypeOf, childrenOf, maxManifestBytes, parseManifest } from './manifest-document.ts';
import { mediaTypes } from './media-type.ts';

const config = descriptorOf(Buffer.from('config'), mediaTypes.ociConfig);
const layer = descriptorOf(Buffer.from('layer'), mediaTypes.ociLayerGzip);
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const child = descriptorOf(encodeJson(manifest), mediaTypes.ociManifest);
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] };

const without = (value: object, ...keys: string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
const bytesOf = (value: unknown): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value) : encodeJson(value as object);

function refuses(
  value: unknown,
  message: RegExp,
  mediaType?: string,
  code: 'MANIFEST_INVALID' | 'MANIFEST_UNSUPPORTED' = 'MANIFEST_INVALID',
): void {
  assert.throws(
    () => parseManifest(bytesOf(value), mediaType),
    (error) => {
      assert.ok(isLadingError(error, code), String(error));
      assert.match(error.message, message);
      return true;
    },
  );
}

test('parseManifest() reads a manifest and keeps its bytes', () => {
  const bytes = Buffer.from(JSON.stringify(manifest, undefined, 3));
  const document = parseManifest(bytes);
  assert.equal(document.kind, 'manifest');
  assert.equal(document.bytes, bytes);
  assert.deepEqual(document.value, manifest);
  assert.deepEqual(document.descriptor, descriptorOf(bytes, mediaTypes.ociManifest));
  assert.deepEqual(childrenOf(document), [config, layer]);
});

test('parseManifest() reads an index', () => {
  const document = parseManifest(encodeJson(index), mediaTypes.ociIndex);
  assert.equal(document.kind, 'index');
  assert.deepEqual(childrenOf(document), [child]);
});

test('parseManifest() reads Docker schema 2 and manifest lists', () => {
  const docker = { ...manifest, mediaType: mediaTypes.dockerManifest };
  assert.equal(parseManifest(encodeJson(docker)).mediaType, mediaTypes.dockerManifest);
  assert.equal(parseManifest(encodeJson({ ...index, mediaType: mediaTypes.dockerManifestList })).kind, 'index');
});

test('parseManifest() describes with the algorithm it is asked for', () => {
  const { descriptor } = parseManifest(encodeJson(manifest), undefined, { algorithm: 'sha512' });
  assert.equal(descriptor.digest, digestOf(encodeJson(manifest), 'sha512'));
});

test('parseManifest() without a mediaType, as Helm writes it, goes by the Content-Type, then by the members', () => {
  const helm = without(
    { ...manifest, config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
    'mediaType',
  );
  assert.equal(parseManifest(encodeJson(helm)).mediaType, mediaTypes.ociManifest);
  assert.equal(parseManifest(encodeJson(helm), 'application/json; charset=utf-8').mediaType, mediaTypes.ociManifest);
  assert.equal(
    parseManifest(encodeJson(helm), `${mediaTypes.ociManifest}; charset=utf-8`).mediaType,
    mediaTypes.ociManifest,
  );
  assert.equal(parseManifest(encodeJson(helm), mediaTypes.dockerManifest).mediaType, mediaTypes.dockerManifest);
  assert.equal(parseManifest(encodeJson(without(index, 'mediaType'))).mediaType, mediaTypes.ociIndex);
  const docker = without({ ...manifest, config: { ...config, mediaType: mediaTypes.dockerConfig } }, 'mediaType');
  assert.equal(parseManifest(encodeJson(docker)).mediaType, mediaTypes.dockerManifest);
  assert.equal('mediaType' in parseManifest(encodeJson(helm)).value, false);
});

test('CVE-2021-41190: parseManifest() refuses what can be read as manifest and as index', () => {
  for (const mediaType of [mediaTypes.ociManifest, mediaTypes.ociIndex, undefined]) {
    const both = { ...manifest, ...index, mediaType };
    refuses(both, /more than one kind/);
    refuses(both, /more than one kind/, mediaTypes.ociIndex);
  }
  refuses({ ...without(manifest, 'config'), manifests: [] }, /more than one kind/);
  // Programs in Go would read "Layers" as "layers".
  refuses({ ...index, Layers: [layer] }, /more than one kind/);
  refuses({ ...manifest, fsLayers: [] }, /more than one kind/);
});

test('parseManifest() refuses a type that contradicts the members or the announcement', () => {
  refuses(
    { ...manifest, mediaType: mediaTypes.ociIndex },
    /at \$\.mediaType: the type is .*members are those of an image manifest/,
  );
  refuses({ ...index, mediaType: mediaTypes.dockerManifest }, /at \$\.mediaType: .*members are those of an index/);
  refuses(without(manifest, 'mediaType'), /members are those of an image manifest/, mediaTypes.ociIndex);
  refuses(manifest, /announced as/, mediaTypes.dockerManifest);
  refuses({ ...manifest, mediaType: 7 }, /at \$\.mediaType: it must be a string/);
});

test('parseManifest() calls schema 1 and foreign types unsupported', () => {
  const old = { schemaVersion: 1, name: 'x', tag: 'y', fsLayers: [], history: [], signatures: [] };
  refuses(old, /schema 1/, undefined, 'MANIFEST_UNSUPPORTED');
  refuses('not even JSON', /schema 1/, mediaTypes.dockerSchema1Signed, 'MANIFEST_UNSUPPORTED');
  refuses({ ...manifest, mediaType: mediaTypes.dockerSchema1 }, /schema 1/, undefined, 'MANIFEST_UNSUPPORTED');
  refuses({ mediaType: mediaTypes.ociArtifactManifest, blobs: [] }, /not supported/, undefined, 'MANIFEST_UNSUPPORTED');
  refuses(manifest, /"application\/zip" is not supported/, 'application/zip', 'MANIFEST_UNSUPPORTED');
});

test('parseManifest() names the place of every fault', () => {
  const bad = { ...layer, digest: 'sha256:beef' };
  refuses({ ...manifest, layers: [layer, layer, bad] }, /^Cannot parse manifest: at \$\.layers\[2\]\.digest: .*not 4$/);
  refuses({ ...manifest, config: { ...config, size: -1 } }, /at \$\.config\.size: -1/);
  refuses({ ...manifest, config: [] }, /at \$\.config: it must be an object, not an array/);
  refuses(without(manifest, 'config'), /at \$\.config: it is missing/);
  refuses(without(manifest, 'layers'), /at \$\.layers: it is missing/);
  refuses({ ...manifest, layers: {} }, /at \$\.layers: it must be an array, not an object/);
  refuses({ ...manifest, layers: [null] }, /at \$\.layers\[0\]: it must be an object, not null/);
  refuses({ ...manifest, schemaVersion: '2' }, /at \$\.schemaVersion: it must be 2, not "2"/);
  refuses(without(manifest, 'schemaVersion'), /at \$\.schemaVersion: it is missing/);
  refuses({ ...manifest, subject: {} }, /at \$\.subject\.mediaType: it is missing/);
  refuses({ ...manifest, annotations: { a: 1 } }, /at \$\.annotations\.a: it must be a string, not 1/);
  refuses({ ...manifest, artifactType: 1 }, /at \$\.artifactType/);
  refuses(
    { ...index, manifests: [{ ...child, platform: 'linux' }] },
    /at \$\.manifests\[0\]\.platform: it must be an object/,
  );
  refuses({ schemaVersion: 2 }, /at \$: it has neither/);
  refuses('[]', /at \$: it must be an object, not an array/);
  refuses('7', /at \$: it must be an object, not 7/);
});

test('parseManifest() is strict about the text', () => {
  refuses('', /it is empty/);
  refuses('{', /it is not JSON/);
  refuses('{"a":1,}', /it is not JSON, at position 7/);
  refuses(`\ufeff${JSON.stringify(manifest)}`, /byte order mark/);
  const latin1 = Buffer.from(JSON.stringify({ ...manifest, annotations: { a: 'é' } }), 'latin1');
  assert.throws(() => parseManifest(latin1), /not valid UTF-8/);
  refuses(JSON.stringify(manifest).padEnd(maxManifestBytes + 1), /more than 4194304/);
  assert.ok(parseManifest(Buffer.from(JSON.stringify(manifest).padEnd(maxManifestBytes))));
});

test('parseManifest() survives deep nesting', () => {
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
  refuses(deep, /nests deeper than 256/);
  refuses(`{"x":${deep}}`, /nests deeper than 256/);
  const text = JSON.stringify({ ...manifest, annotations: { a: `${'['.repeat(1000)}"\\` } });
  assert.ok(parseManifest(Buffer.from(text)), 'brackets inside strings do not count');
});

test('parseManifest() takes the last of members with one name', () => {
  const text = `{"layers":[],${JSON.stringify(manifest).slice(1)}`;
  assert.equal(childrenOf(parseManifest(Buffer.from(text))).length, 2);
});

test('parseManifest() keeps unknown fields and takes null as Go programs mean it', () => {
  const document = parseManifest(
    encodeJson({ ...manifest, layers: null, subject: null, annotations: null, 'x-unknown': { a: [null] } }),
  );
  assert.equal(JSON.stringify(document.value), JSON.stringify({ ...manifest, layers: [], 'x-unknown': { a: [null] } }));
  assert.deepEqual(childrenOf(parseManifest(encodeJson({ ...index, manifests: null }))), []);
});

test('parseManifest() is not impressed by __proto__', () => {
  const text = `{"__proto__":{"layers":[]},${JSON.stringify(without(manifest, 'layers')).slice(1)}`;
  refuses(text, /at \$\.layers: it is missing/);
});

test('messages escape hostile text', () => {
  refuses({ ...manifest, mediaType: '\u001b[2Jx/y' }, /"\\u001b\[2Jx\/y"/, undefined, 'MANIFEST_UNSUPPORTED');
});

test('artifactTypeOf() falls back to the type of the config', () => {
  const artifact = { ...manifest, config: emptyDescriptor, artifactType: 'application/vnd.example' };
  assert.equal(artifactTypeOf(parseManifest(encodeJson(artifact))), 'application/vnd.example');
  assert.equal(artifactTypeOf(parseManifest(encodeJson(manifest))), mediaTypes.ociConfig);
  assert.equal(artifactTypeOf(parseManifest(encodeJson(index))), undefined);
});

const annotations = fc.dictionary(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), { maxKeys: 3 });
const platform = fc.record(
  { os: fc.string({ maxLength: 5 }), architecture: fc.string({ maxLength: 5 }), variant: fc.string({ maxLength: 3 }) },
  { requiredKeys: ['os', 'architecture'] },
);
const descriptors: fc.Arbitrary<Descriptor> = fc.record(
  {
    mediaType: fc.constantFrom(mediaTypes.ociLayer, mediaTypes.ociConfig, 'text/plain; charset=utf-8'),
    digest: fc.string({ maxLength: 4 }).map((text) => digestOf(text)),
    size: fc.maxSafeNat(),
    annotations,
    platform,
    urls: fc.array(fc.string({ maxLength: 5 }), { maxLength: 2 }),
    artifactType: fc.string({ maxLength: 5 }),
    data: fc.base64String({ maxLength: 8 }),
  },
  { requiredKeys: ['mediaType', 'digest', 'size'] },
);

test('parseManifest() reads back what encodeJson() writes', () => {
  const shared = { schemaVersion: fc.constant(2 as const), subject: descriptors, annotations };
  const documents = fc.oneof(
    fc.record(
      { ...shared, config: descriptors, layers: fc.array(descriptors, { maxLength: 3 }) },
      { requiredKeys: ['schemaVersion', 'config', 'layers'] },
    ),
    fc.record(
      { ...shared, manifests: fc.array(descriptors, { maxLength: 3 }) },
      { requiredKeys: ['schemaVersion', 'manifests'] },
    ),
  );
  fc.assert(
    fc.property(documents, (value) => {
      const bytes = encodeJson(value);
      assert.deepEqual(Buffer.from(encodeJson(parseManifest(bytes).value)), Buffer.from(bytes));
    }),
  );
});

test('parseManifest() throws nothing but LadingError, on any bytes, JSON or damaged manifest', () => {
  const damaged = fc.tuple(fc.constantFrom(manifest, index), fc.nat(), fc.jsonValue()).map(([value, at, junk]) => {
    const keys = Object.keys(value);
    return Buffer.from(JSON.stringify({ ...value, [keys[at % keys.length] ?? '']: junk }));
  });
  const flipped = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
    const bytes = Buffer.from(JSON.stringify(manifest));
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  const inputs = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    damaged,
    flipped,
  );
  fc.assert(
    fc.property(inputs, (bytes) => {
      try {
        parseManifest(bytes);
      } catch (error) {
        assert.ok(isLadingError(error, 'MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED'), String(error));
      }
    }),
    { numRuns: 400 },
  );
});
