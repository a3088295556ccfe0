import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { collect, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { findProgram, skipUnless } from '@lading/testkit';
import { unxz } from './unxz.ts';

const text = Buffer.from('a line that repeats\n'.repeat(50_000));

for (const program of ['xz', false] as const) {
  const how = program === false ? 'in WebAssembly' : 'with the program';
  test(`unxz() decompresses ${how}, rejects damage and can be interrupted`, async (t) => {
    if (!skipUnless(t, findProgram('xz') !== undefined, 'the program xz is not installed')) return;
    const packed = execFileSync('xz', ['-c'], { input: text, maxBuffer: 1 << 20 });
    const read = (data: Uint8Array, signal?: AbortSignal): Promise<Buffer> =>
      collect(unxz(fromBuffer(data), { program, signal }), { maxBytes: 2 << 20, what: 'a sample' });
    assert.ok(text.equals(await read(packed)));
    const damaged = Buffer.from(packed);
    damaged[packed.length >> 1]! ^= 0xff;
    for (const bad of [damaged, packed.subarray(0, packed.length - 20), Buffer.from('no xz')]) {
      await assert.rejects(read(bad), (error) => isLadingError(error, 'BYTES_CORRUPT'));
    }
    await assert.rejects(read(packed, AbortSignal.abort()), (error) => isLadingError(error, 'INTERRUPTED'));
    for await (const _ of unxz(fromBuffer(packed), { program })) break;
  });
}
