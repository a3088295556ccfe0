import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Bytes, collect, fromBuffer } from '@lading/bytes';
import { isLadingError, type LadingError } from '@lading/errors';
import { type Descriptor, type Digest, digestOf, encodeJson, hexOf } from '@lading/oci';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { isLongRun } from '@lading/testkit';
import fc from 'fast-check';
import { archiveMember } from '../archive/archive-member.ts';
import {
  assertEmpty,
  emptyStore,
  maxBytes,
  membersOf,
  refused,
  sampleBundle,
  tarOf,
} from '../testing/refused-bundle.ts';
import { stageBundle } from './stage-bundle.ts';
import { trustFile } from './trust-file.ts';

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
