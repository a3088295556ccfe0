import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeywordFinder } from './keyword-finder.ts';

function padded(text: string): Buffer {
  const bytes = Buffer.from(new ArrayBuffer((text.length + 260) & ~3));
  bytes.write(text, 'latin1');
  return bytes;
}

test('find() finds exactly the places where keywords begin', () => {
  const char = fc.constantFrom('a', 'A', 'b', 'B', '_', '\x7f', '-', '\r', '0', '\x10');
  const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
    fc.array(char, { minLength, maxLength }).map((chars) => chars.join(''));
  const keyword = fc.record({ text: text(4, 7), ignoreCase: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(keyword, { minLength: 1, maxLength: 5 }),
      text(0, 200),
      fc.nat(50),
      (keywords, content, from) => {
        const to = Math.max(from, content.length - 3);
        const found: string[] = [];
        new KeywordFinder(keywords).find(padded(content), from, to, (at, index) => found.push(`${at} ${index}`));
        const expected: string[] = [];
        for (let at = from; at < to; at++) {
          keywords.forEach((each, index) => {
            const here = content.slice(at, at + each.text.length);
            const same = each.ignoreCase ? here.toLowerCase() === each.text.toLowerCase() : here === each.text;
            if (same) expected.push(`${at} ${index}`);
          });
        }
        assert.deepEqual(found.sort(), expected.sort());
      },
    ),
    { numRuns: 500 },
  );
});

test('a keyword that is too short is refused', () => {
  assert.throws(() => new KeywordFinder([{ text: 'abc', ignoreCase: false }]), RangeError);
});
