import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countLines } from './count-lines.ts';

test('countLines() counts line ends wherever the range begins and ends', () => {
  const byte = fc.constantFrom(10, 10, 0, 11, 0x8a, 0x0b, 0xff, 65);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 3000 }), fc.nat(9), fc.nat(9), (list, skip, drop) => {
      const bytes = Uint8Array.from(list);
      const [from, to] = [Math.min(skip, bytes.length), Math.max(Math.min(skip, bytes.length), bytes.length - drop)];
      assert.equal(countLines(bytes, from, to), list.slice(from, to).filter((each) => each === 10).length);
    }),
    { numRuns: 200 },
  );
  assert.equal(countLines(new Uint8Array(100_000).fill(10), 0, 100_000), 100_000);
});
