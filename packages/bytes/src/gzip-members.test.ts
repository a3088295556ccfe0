import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { isLadingError } from '@lading/errors';
import { gzipMembers } from './gzip-members.ts';

/** Many small pieces, and some of more than a block. */
const pieces = [
  ...Array.from({ length: 300 }, (_, at) => `piece ${at} `.repeat(at * 5 + 1)),
  'x'.repeat(3_000_000),
  'y',
].map((text) => Buffer.from(text));

/** One buffer for all pieces, as a source may do. */
async function* source(): AsyncGenerator<Uint8Array> {
  const shared = Buffer.alloc(3_000_000);
  for (const piece of pieces) {
    shared.set(piece);
    yield shared.subarray(0, piece.length);
  }
}

async function members(options: Parameters<typeof gzipMembers>[1] = {}): Promise<Buffer[]> {
  const list: Buffer[] = [];
  for await (const member of gzipMembers(source(), options)) list.push(Buffer.from(member));
  return list;
}

test('gzipMembers() gives each piece a member of its own, the same on any number of threads', async () => {
  const one = await members({ threads: 1 });
  assert.equal(one.length, pieces.length);
  for (const [at, member] of one.entries()) assert.ok(gunzipSync(member).equals(pieces[at]!));
  assert.deepEqual(one[0]?.subarray(0, 10), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]));
  const four = await members({ threads: 4 });
  assert.ok(Buffer.concat(four).equals(Buffer.concat(one)));
  assert.ok(Buffer.concat(await members({ level: 9 })).length < Buffer.concat(await members({ level: 1 })).length);
});

test('gzipMembers() stops at the signal and refuses levels that do not exist', async () => {
  await assert.rejects(members({ signal: AbortSignal.abort() }), (error) => isLadingError(error, 'INTERRUPTED'));
  assert.throws(
    () => gzipMembers(source(), { level: 12 }),
    (error) => isLadingError(error, 'USAGE'),
  );
});
