import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { patternCost } from './pattern-cost.ts';

test('patternCost() refuses what has no end, or too many ways', () => {
  const refused = {
    'a*': /has no end/,
    'a+b': /has no end/,
    'a{3,}': /has no end/,
    '(?:a{0,50}){0,50}b': /too many ways/,
    '(?:a|a){0,30}b': /too many ways/,
    'a{0,1000}a{0,1000}a{0,1000}b': /too many ways/,
    '(?:[a-z]{1,20} ?){1,20};': /too many ways/,
    '[a-z]{20000}': /reaches over/,
    '(a)\\1': /refers back/,
    '(?<name>a)\\k<name>': /refers back/,
    'a{1,9}?': /lazy/,
    '(a': /not closed/,
    'a)': /closes nothing/,
    '[a': /not closed/,
    '\\p{L}': /may not use/,
    '(?i:a)': /may not use/,
    'é€': /no single byte/,
  };
  for (const [pattern, message] of Object.entries(refused))
    assert.throws(() => patternCost(pattern), { message }, pattern);
});

test('patternCost() takes what is bounded, and says how far it reads', () => {
  assert.equal(patternCost('ghp_[A-Za-z0-9]{36}').length, 40);
  assert.equal(patternCost('a{2,5}(?:bc|d)?').length, 7);
  assert.ok(patternCost('[a-z]{1,100}=[0-9]{1,100};').steps < 500, 'what follows begins with another character');
  assert.ok(patternCost('[a-z]{1,100}x[0-9]{1,100};').steps > 5000, 'what follows begins with the same');
  assert.deepEqual(patternCost('abc', true).length, 3);
});

test('a pattern that is taken ends at once, on any text', () => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '[a-c]', '.', '(?:ab|a)', '(?:a|bc)');
  const repeat = fc.constantFrom('', '?', '{0,5}', '{1,30}', '{3}', '{0,200}');
  const pattern = fc
    .array(
      fc.tuple(atom, repeat).map(([a, r]) => a + r),
      { minLength: 1, maxLength: 8 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, fc.constantFrom('a', 'ab', 'abc', 'b'), (source, piece) => {
      try {
        patternCost(`${source}!`);
      } catch {
        return;
      }
      const text = piece.repeat(2000);
      const regex = new RegExp(`${source}!`, 'y');
      const began = performance.now();
      regex.exec(text);
      assert.ok(performance.now() - began < 200);
    }),
    { numRuns: 300 },
  );
});
