import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hideSecrets } from './hide-secrets.ts';

function shown(secrets: readonly string[], chunks: readonly string[]): string {
  const filter = hideSecrets(secrets.map((secret) => Buffer.from(secret)));
  return [...chunks.map((chunk) => filter.write(Buffer.from(chunk))), filter.end()].join('');
}

test('a secret is masked as a whole, without its line break, and line by line', () => {
  assert.equal(
    shown(['hunter2!\n'], ['the password is hunter2!, not hunter3\n']),
    'the password is [redacted], not hunter3\n',
  );
  const key = '-----BEGIN KEY-----\nAAAA1111\nBBBB2222\n-----END KEY-----\n';
  assert.equal(shown([key], [`before ${key} after`]), 'before [redacted]\n after');
  assert.equal(shown([key], ['1: AAAA1111\n2: BBBB2222\n']), '1: [redacted]\n2: [redacted]\n');
  assert.equal(shown(['abc', ''], ['abcdef']), 'abcdef', 'too short to be told from words');
});

test('however the output is cut into chunks, nothing of a secret is shown and all else is', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 40 });
  const secrets = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 6 }), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(secrets, letters, fc.array(fc.integer({ min: 0, max: 40 })), (hidden, text, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
      const chunks = places.slice(1).map((end, index) => text.slice(places[index], end));
      const whole = shown(hidden, [text]);
      for (const secret of hidden) assert.ok(!whole.replaceAll('[redacted]', '|').includes(secret), whole);
      if (!hidden.some((secret) => text.includes(secret))) assert.equal(shown(hidden, chunks), text);
      for (const secret of hidden) assert.ok(!shown(hidden, chunks).replaceAll('[redacted]', '|').includes(secret));
    }),
  );
});

test('what does not look like a secret is shown at once', () => {
  const filter = hideSecrets([Buffer.from('secret')]);
  assert.equal(filter.write(Buffer.from('progress 10%\r')).toString(), 'progress 10%\r');
  assert.equal(filter.write(Buffer.from('the sec')).toString(), 'the ');
  assert.equal(filter.write(Buffer.from('ond')).toString(), 'second');
});

test('a secret of many lines does not make output slow: the time does not grow with both', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line-${(index * 7919).toString(36)}`);
  const filter = hideSecrets([Buffer.from(lines.join('\n'))]);
  const chunk = Buffer.from(`${'what a compiler says, '.repeat(700)}${lines[4711]} and more\n`);
  const started = performance.now();
  for (let round = 0; round < 16; round++) assert.match(filter.write(chunk).toString(), /says, \[redacted\] and more/);
  const took = performance.now() - started;
  assert.ok(took < 2000, `${took.toFixed(0)} ms`);
});
