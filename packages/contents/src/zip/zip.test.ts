import assert from 'node:assert/strict';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { findProgram, runProgram, skipUnless, temporaryFolder, vectorsFolder } from '@lading/testkit';
import fc from 'fast-check';
import { inMemory, type RandomAccess } from '../random-access.ts';
import { makeZip } from '../testing/make-zip.ts';
import { openZip, type Zip } from './zip.ts';

const maxBytes = 1 << 20;

async function contents(zip: Zip): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of zip.entries()) found[entry.name] = (await zip.read(entry, { maxBytes })).toString();
  return found;
}

async function only(bytes: Uint8Array): Promise<() => Promise<Buffer>> {
  const zip = await openZip(inMemory(bytes));
  return () => zip.read(zip.entries()[0]!, { maxBytes });
}

const text = 'the same again, '.repeat(1000);
const members = [
  { name: 'a/', content: '', stored: true },
  { name: 'a/deflated.txt', content: text },
  { name: 'a/stored.txt', content: text, stored: true },
  { name: 'empty', content: '' },
  { name: 'ä.txt', content: 'ü' },
];
const expected = Object.fromEntries(members.map(({ name, content }) => [name, content]));

for (const [what, options] of [
  ['a classic zip', {}],
  ['a zip64', { zip64: true }],
  ['a zip with a comment that looks like an end of directory', { comment: 'PK\u0005\u0006 is no end' }],
  ['a zip behind a script', { prefix: Buffer.from('#!/bin/sh\nexec java -jar "$0"\n') }],
  ['a zip64 behind a script', { prefix: Buffer.from('#!/bin/sh\n'), zip64: true }],
] as const) {
  test(`reads ${what}`, async () => {
    assert.deepEqual(await contents(await openZip(inMemory(makeZip(members, options)))), expected);
  });
}

test('reads what the zip program writes, to a file and as a stream', async (t) => {
  const program = findProgram('zip');
  if (!skipUnless(t, program !== undefined, 'the zip program is missing')) return;
  const folder = await temporaryFolder(t);
  const script = 'seq 1 20000 > numbers; printf x > x; zip -q z.zip numbers x; cat numbers | zip -q - - > streamed.zip';
  assert.equal((await runProgram('/bin/sh', ['-c', script], { cwd: folder })).code, 0);
  const numbers = await readFile(join(folder, 'numbers'), 'utf8');
  const zip = await openZip(inMemory(await readFile(join(folder, 'z.zip'))));
  assert.deepEqual(await contents(zip), { numbers, x: 'x' });
  assert.deepEqual(await contents(await openZip(inMemory(await readFile(join(folder, 'streamed.zip'))))), {
    '-': numbers,
  });
});

test('a stored member is opened where it lies, a deflated one in memory', async () => {
  const inner = makeZip(members);
  for (const stored of [true, false]) {
    const zip = await openZip(inMemory(makeZip([{ name: 'inner.jar', content: inner, stored }])));
    const source = await zip.open(zip.entries()[0]!, { maxBytes });
    assert.equal(source.size, inner.length);
    assert.deepEqual(await contents(await openZip(source)), expected);
  }
});

test('many small neighbours are read in few reads', async () => {
  const bytes = makeZip(Array.from({ length: 2000 }, (_, i) => ({ name: `${i}.json`, content: `{"id":${i}}` })));
  let reads = 0;
  const source: RandomAccess = {
    size: bytes.length,
    read: async (offset, length) => {
      reads++;
      return bytes.subarray(offset, offset + length);
    },
  };
  assert.equal(Object.keys(await contents(await openZip(source))).length, 2000);
  assert.ok(reads < 10, `${reads} reads`);
});

test('a member larger than the bound is refused by what it declares, without a read of it', async () => {
  const zip = await openZip(inMemory(makeZip([{ name: 'zeros', content: Buffer.alloc(maxBytes + 1) }])));
  await assert.rejects(zip.read(zip.entries()[0]!, { maxBytes }), { code: 'CONTENT_TOO_LARGE' });
});

test('a bomb that declares little gives no more than it declares', async () => {
  const bomb = makeZip([{ name: 'zeros', content: Buffer.alloc(64 << 20), claims: { size: 1000 } }]);
  await assert.rejects(await only(bomb), { code: 'ZIP_INVALID' });
});

test('members that share bytes are refused, as overlapping bombs have them, and the last can be read', async () => {
  const shared = { offset: 0 };
  const zip = await openZip(
    inMemory(
      makeZip([
        { name: 'one', content: text },
        { name: 'one', content: text, claims: shared },
        { name: 'own', content: text },
      ]),
    ),
  );
  const [first, second, third] = zip.entries();
  const outcomes = await Promise.allSettled([first!, second!, third!].map((entry) => zip.read(entry, { maxBytes })));
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'fulfilled', 'rejected']);
  assert.equal(outcomes[2]?.status, 'fulfilled');
});

for (const [what, claims, code] of [
  ['encrypted', { flags: 1 }, 'ZIP_UNSUPPORTED'],
  ['compressed by bzip2', { method: 12 }, 'ZIP_UNSUPPORTED'],
  ['of another checksum', { crc32: 1 }, 'ZIP_INVALID'],
  ['longer than the file', { compressedSize: 1 << 20 }, 'ZIP_INVALID'],
  ['shorter than declared', { size: 1 << 19 }, 'ZIP_INVALID'],
] as const) {
  test(`a member that is ${what} is refused: ${code}`, async () => {
    await assert.rejects(await only(makeZip([{ name: 'x', content: text, claims }])), { code });
  });
}

for (const [what, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from(text)],
  ['a cut off zip', makeZip(members).subarray(0, -30)],
  ['a zip without its start', makeZip(members).subarray(200)],
  ['a member that starts nowhere', makeZip([{ name: 'x', content: 'x', claims: { offset: 0x7fffffff } }])],
] as const) {
  test(`${what} is no zip`, async () => {
    await assert.rejects(openZip(inMemory(bytes)), { code: 'ZIP_INVALID' });
  });
}

test('reads more members than an old end of directory can count', async () => {
  const bytes = makeZip(Array.from({ length: 65_540 }, (_, i) => ({ name: `${i}`, content: '', stored: true })));
  const zip = await openZip(inMemory(bytes));
  assert.equal(zip.entries().at(-1)?.name, '65539');
});

test('a directory with too many members, or too large, is not read', async () => {
  const source = inMemory(makeZip(members));
  await assert.rejects(openZip(source, { maxEntries: 4 }), { code: 'CONTENT_TOO_LARGE' });
  await assert.rejects(openZip(source, { maxDirectoryBytes: 100 }), { code: 'CONTENT_TOO_LARGE' });
});

test('whatever bytes are changed, it is read or refused with a LadingError', async () => {
  const originals = [makeZip(members), makeZip(members, { zip64: true })];
  const change = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), to: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      async (original, changes) => {
        const bytes = Buffer.from(original);
        // Most of these bytes are text; what matters are the headers behind it.
        for (const { at, to } of changes) bytes[bytes.length - 1 - Math.floor(at * Math.min(bytes.length, 700))] = to;
        try {
          await contents(await openZip(inMemory(bytes)));
        } catch (error) {
          assert.ok(isLadingError(error), String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('reads a published dump of advisories', async (t) => {
  const path = join(vectorsFolder(), '../osv/crates.io/all.zip');
  const file = await open(path).catch(() => undefined);
  if (!skipUnless(t, file !== undefined, 'no OSV dump lies beside the checkout') || file === undefined) return;
  t.after(() => file.close());
  const { size } = await file.stat();
  const zip = await openZip({
    size,
    read: async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  });
  for (const entry of zip.entries()) JSON.parse((await zip.read(entry, { maxBytes })).toString());
  assert.ok(zip.entries().length > 800);
});
