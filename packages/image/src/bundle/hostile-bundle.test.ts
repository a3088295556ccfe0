import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Bytes, collect, fromBuffer } from '@lading/bytes';
import { isLadingError, type LadingError } from '@lading/errors';
import { type Descriptor, type Digest, digestOf, encodeJson, hexOf, mediaTypes } from '@lading/oci';
import { createMemoryRepository, openDirectoryStore } from '@lading/store';
import { readTar, type TarEntryInput, writeTar } from '@lading/tar';
import { isLongRun, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { archiveMember } from '../archive/archive-member.ts';
import { sampleFamily } from '../internal/sample-family.ts';
import { planBundle, writeBundle } from './plan-bundle.ts';
import { stageBundle } from './stage-bundle.ts';
import { trustFile } from './trust-file.ts';

const maxBytes = 64 << 20;
type Store = Awaited<ReturnType<typeof openDirectoryStore>>;

async function sampleBundle(): Promise<Buffer> {
  const source = createMemoryRepository();
  await sampleFamily(source);
  const image = { repository: source, from: '1.0', names: ['app:1.0'], repositoryName: 'app' };
  const plan = await planBundle([image], { trust: [trustFile('key.pub', Buffer.from('key'))] });
  return collect(writeBundle(plan), { maxBytes, what: 'bundle' });
}

/** The members of an archive, to be changed. */
async function membersOf(archive: Uint8Array): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  for await (const { path, type, content } of readTar(fromBuffer(archive))) {
    if (type === 'file') members.set(path, await collect(content, { maxBytes, what: path }));
  }
  return members;
}

async function tarOf(members: Iterable<readonly [string, Uint8Array]>): Promise<Buffer> {
  return collect(writeTar([...members].map(([path, bytes]) => archiveMember(path, bytes))), { maxBytes, what: 'tar' });
}

/** Staging fails with one of these codes, and leaves nothing: no blob, no ingest, no lease. */
async function refused(store: Store, bytes: Uint8Array | Bytes, pattern: RegExp, ...codes: string[]): Promise<void> {
  const stream = bytes instanceof Uint8Array ? fromBuffer(bytes) : bytes;
  await assert.rejects(stageBundle(stream, { where: 'b.tar', content: store }), (error) => {
    assert.ok(isLadingError(error), String(error));
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    assert.match(error.message, pattern);
    return true;
  });
  await assertEmpty(store);
}

async function assertEmpty(store: Store): Promise<void> {
  assert.deepEqual(await Array.fromAsync(store.list()), []);
  assert.deepEqual(await Array.fromAsync(store.leases()), []);
  assert.equal(await store.collectIngests(-1000), 0, 'no write is left');
}

async function emptyStore(t: TestContext): Promise<Store> {
  return openDirectoryStore(await temporaryFolder(t));
}

test('a bundle that is cut off anywhere between its blocks shows nothing and says what is wrong', async (t) => {
  const bundle = await sampleBundle();
  const store = await emptyStore(t);
  for (let end = 0; end < bundle.length; end += 512) {
    await refused(store, bundle.subarray(0, end), /Cannot/, 'ARCHIVE_INVALID');
  }
  const packed = gzipSync(bundle);
  for (let end = 1; end < packed.length; end += 499) {
    await refused(store, packed.subarray(0, end), /Cannot/, 'ARCHIVE_INVALID');
  }
});

test('a byte that is changed in any content, and any member that is taken out, is found', async (t) => {
  const bundle = await sampleBundle();
  const members = await membersOf(bundle);
  const store = await emptyStore(t);
  for (const [path, bytes] of members) {
    const without = await tarOf([...members].filter(([each]) => each !== path));
    await refused(store, without, /missing|has no/, 'ARCHIVE_INVALID', 'BUNDLE_INCOMPLETE');
    if (!path.startsWith('blobs/')) continue;
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await refused(store, await tarOf(new Map([...members, [path, changed]])), /has the digest/, 'DIGEST_MISMATCH');
    }
    const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
    await refused(
      store,
      await tarOf(new Map([...members, [path, longer]])),
      /Cannot/,
      'DIGEST_MISMATCH',
      'BUNDLE_INCOMPLETE',
    );
  }
});

test('whatever bytes are damaged, a bundle is accepted only if it holds what it held', async (t) => {
  const bundle = await sampleBundle();
  const whole = await stageBundle(fromBuffer(bundle), { where: 'b.tar' });
  const store = await emptyStore(t);
  const damage = fc.array(fc.record({ at: fc.nat(bundle.length - 1), byte: fc.nat(255) }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(bundle);
      for (const { at, byte } of changes) bytes[at] = byte;
      let outcome: LadingError | undefined;
      try {
        const staged = await stageBundle(fromBuffer(bytes), { where: 'b.tar', content: store });
        assert.deepEqual(staged.contents.parts, whole.contents.parts);
        await staged.discard();
      } catch (error) {
        assert.ok(isLadingError(error), String(error));
        outcome = error;
      }
      await assertEmpty(store);
      return outcome === undefined || outcome.message.startsWith('Cannot');
    }),
    { numRuns: process.env.CI === 'true' ? 2000 : 60 },
  );
});

test('members that are links, devices, sparse, doubled, unsafe or foreign are refused', async (t) => {
  const bundle = await sampleBundle();
  const members = [...(await membersOf(bundle))].map(([path, bytes]) => archiveMember(path, bytes));
  const store = await emptyStore(t);
  const [blob] = members.filter(({ path }) => path.startsWith('blobs/'));
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0 } as const;
  const hex = 'a'.repeat(64);
  const cases: [TarEntryInput, RegExp, string][] = [
    [
      { ...plain, path: `blobs/sha256/${hex}`, type: 'symlink', linkPath: '/etc/passwd' },
      /is a symlink/,
      'ARCHIVE_INVALID',
    ],
    [
      { ...plain, path: `blobs/sha256/${hex}`, type: 'hardlink', linkPath: blob!.path },
      /is a hardlink/,
      'ARCHIVE_INVALID',
    ],
    [{ ...plain, path: 'x', type: 'fifo' }, /is a fifo/, 'ARCHIVE_INVALID'],
    [{ ...plain, path: 'x', type: 'character', deviceMajor: 1, deviceMinor: 5 }, /is a character/, 'ARCHIVE_INVALID'],
    [archiveMember(`blobs/sha256/${hex}`, Buffer.alloc(0)), /has the digest/, 'DIGEST_MISMATCH'],
    [
      archiveMember(`blobs/sha256/${hexOf(digestOf('more'))}`, Buffer.from('more')),
      /does not claim|more than/,
      'BUNDLE_INCOMPLETE',
    ],
    [archiveMember('readme', Buffer.from('hello')), /file that it does not claim: readme/, 'BUNDLE_INCOMPLETE'],
  ];
  for (const [member, pattern, code] of cases) {
    for (const entries of [
      [member, ...members],
      [...members, member],
    ]) {
      await refused(store, await collect(writeTar(entries), { maxBytes, what: 'tar' }), pattern, code);
    }
  }
  const again = await membersOf(bundle);
  for (const [path, bytes] of again) {
    // Whichever is seen first.
    const twice = await tarOf([...again, [path, bytes]]);
    await refused(store, twice, /two members|more than the/, 'ARCHIVE_INVALID', 'BUNDLE_INCOMPLETE');
  }
  const outside = await tarOf([['xx/evil', Buffer.from('x')], ...again]);
  outside.write('../evil', 0, 'latin1');
  outside.fill(' ', 148, 156);
  const sum = outside.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  outside.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  await refused(store, outside, /\.\./, 'ARCHIVE_INVALID');
});

test('claims that do not agree with the content are refused, in either direction', async (t) => {
  const members = await membersOf(await sampleBundle());
  const store = await emptyStore(t);
  const index = JSON.parse(String(members.get('index.json')));
  const claimsKey = 'dev.lading.bundle.v1';
  const claims = JSON.parse(index.annotations[claimsKey]);
  const withIndex = (changed: object, newClaims: object | string = claims): Promise<Buffer> => {
    const text = typeof newClaims === 'string' ? newClaims : JSON.stringify(newClaims);
    const value = { ...index, annotations: { [claimsKey]: text }, ...changed };
    return tarOf(new Map([...members, ['index.json', encodeJson(value)]]));
  };
  const { manifests } = claims as { manifests: { digest: Digest; names?: string[] }[] };
  const entries = index.manifests as Descriptor[];
  const renamed = { ...entries[0], annotations: { 'org.opencontainers.image.ref.name': 'evil:1' } };
  const cases: [Promise<Buffer>, RegExp, string][] = [
    [
      withIndex({}, { ...claims, manifests: manifests.slice(1) }),
      /manifest that it does not claim/,
      'BUNDLE_INCOMPLETE',
    ],
    [withIndex({ manifests: entries.slice(1) }), /the image sha256:\w+ is missing/, 'BUNDLE_INCOMPLETE'],
    [withIndex({ manifests: [...entries, renamed] }), /name that it does not claim: evil:1/, 'BUNDLE_INCOMPLETE'],
    [withIndex({ manifests: [renamed, ...entries.slice(1)] }), /the name app:1\.0 is missing/, 'BUNDLE_INCOMPLETE'],
    [withIndex({}, { ...claims, absent: [entries[0]!.digest] }), /claims to leave out/, 'BUNDLE_INCOMPLETE'],
    [withIndex({}, { ...claims, blobs: claims.blobs + 1 }), /and claims/, 'BUNDLE_INCOMPLETE'],
    [withIndex({}, { ...claims, bytes: claims.bytes - 1 }), /more than the \d+ bytes/, 'BUNDLE_INCOMPLETE'],
    [withIndex({}, '{'), /not valid at \$$/, 'ARCHIVE_INVALID'],
    [withIndex({}, { ...claims, manifests: [{ kind: 'x' }] }), /not valid at \$\.manifests\[0\]/, 'ARCHIVE_INVALID'],
    [withIndex({}, { ...claims, absent: ['sha256:x'] }), /not valid at \$\.absent/, 'ARCHIVE_INVALID'],
    [
      withIndex({ manifests: entries.map((entry) => ({ ...entry, size: entry.size + 1 })) }),
      /must have/,
      'SIZE_MISMATCH',
    ],
  ];
  for (const [bytes, pattern, code] of cases) await refused(store, await bytes, pattern, code);
});

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

test('a file that unpacks to far more than it is, is given up', async (t) => {
  if (!isLongRun(t)) return;
  const store = await emptyStore(t);
  const zeros = gzipSync(Buffer.alloc(64 << 20));
  const size = 20 * (64 << 20);
  const header = (await tarOf([['zeros', Buffer.alloc(1)]])).subarray(0, 512);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const bomb = async function* (): Bytes {
    yield gzipSync(header);
    for (let turn = 0; turn < 20; turn++) yield zeros;
  };
  await refused(store, bomb(), /100 times its size/, 'BYTES_LIMIT');
});

test('trust files have plain names and are no private keys', async () => {
  for (const name of ['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(256)]) {
    assert.throws(
      () => trustFile(name, Buffer.from('x')),
      (error) => isLadingError(error, 'USAGE'),
    );
  }
  const key = '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----';
  assert.throws(() => trustFile('cosign.key', Buffer.from(key)), /private key/);
});
