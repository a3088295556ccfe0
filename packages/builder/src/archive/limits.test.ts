import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drain } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type ArchiveLimits, ArchiveMeter, defaultLimits } from './limits.ts';

async function* mebibytes(count: number): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(1 << 20);
  for (let at = 0; at < count; at += 1) yield chunk;
}

const beyond =
  (limit: keyof ArchiveLimits) =>
  (error: unknown): boolean =>
    isLadingError(error, 'BYTES_LIMIT') &&
    error.details.limit === limit &&
    (error.hint ?? '').includes(`--unpack-limit ${limit}=`);

test('a meter stops at entries, at bytes read and at bytes announced', async () => {
  const limits = { entries: 2, bytes: 3 << 20, ratio: 1500 };
  const meter = new ArchiveMeter(limits, 'x');
  meter.entry(1);
  meter.entry(1);
  assert.throws(() => meter.entry(1), beyond('entries'));
  assert.throws(() => new ArchiveMeter(limits, 'x').entry(2 ** 52), beyond('bytes'));
  assert.equal(await drain(new ArchiveMeter(limits, 'x').unpacked(mebibytes(3))), 3 << 20);
  await assert.rejects(drain(new ArchiveMeter(limits, 'x').unpacked(mebibytes(4))), beyond('bytes'));
});

test('a meter looks at the ratio from the first GiB on, and gzip at its best stays below it', async () => {
  const grows = (packed: number, count: number): Promise<number> => {
    const meter = new ArchiveMeter(defaultLimits, 'x');
    meter.packedSize(packed);
    return drain(meter.unpacked(mebibytes(count)));
  };
  assert.equal(await grows(10, 1024), 2 ** 30);
  await assert.rejects(grows(10, 1025), beyond('ratio'));
  assert.equal(await grows(Math.ceil((1100 * 2 ** 20) / 1032), 1100), 1100 * 2 ** 20);
});
