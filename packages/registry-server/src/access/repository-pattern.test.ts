import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchRepositories, patternFault } from './repository-pattern.ts';

test('a star stays in its path component and two stars do not', () => {
  const cases: readonly (readonly [pattern: string, matches: readonly string[], others: readonly string[]])[] = [
    ['**', ['a', 'a/b', ''], []],
    ['*', ['a', 'abc'], ['a/b', '']],
    ['team/*', ['team/a'], ['team', 'team/a/b', 'teams/a', 'x/team/a']],
    ['team/**', ['team/a', 'team/a/b'], ['team', 'teams/a', '']],
    ['**/cache', ['cache', 'a/cache', 'a/b/cache'], ['acache', 'a/cache/b', '']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/b/c', 'ab']],
    ['te*/**', ['team/a', 'team/a/b'], ['team', 'te', '']],
    ['lib-*-v1', ['lib-a-v1', 'lib--v1'], ['lib-a/b-v1', 'lib-v1']],
    ['a.b', ['a.b'], ['axb']],
  ];
  for (const [pattern, matches, others] of cases) {
    assert.equal(patternFault(pattern), undefined, pattern);
    const match = matchRepositories([pattern]);
    for (const name of matches) assert.ok(match(name), `${pattern} matches ${name}`);
    for (const name of others) assert.ok(!match(name), `${pattern} does not match ${name}`);
  }
});

test('patterns that cannot be meant, or would be slow, have a fault', () => {
  for (const pattern of ['', '/a', 'a/', 'a//b', 'a**', 'A', 'a b', 'a\nb', 'a'.repeat(256)])
    assert.notEqual(patternFault(pattern), undefined, pattern);
});

test('the matcher of several patterns is the "or" of each alone, and quick on hostile names', () => {
  const component = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', '**');
  const pattern = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const name = fc.array(fc.constantFrom('a', 'b', 'ab', 'ba'), { minLength: 1, maxLength: 5 }).map((p) => p.join('/'));
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 4 }), name, (patterns, text) => {
      assert.equal(
        matchRepositories(patterns)(text),
        patterns.some((each) => matchRepositories([each])(text)),
      );
    }),
  );
  const match = matchRepositories(['*a*a*a/**/*b*b*b/**/c']);
  const started = performance.now();
  for (let i = 0; i < 100; i++) assert.ok(!match(`${'a'.repeat(60)}/${'b/'.repeat(60)}${'b'.repeat(60)}`));
  assert.ok(performance.now() - started < 2000);
});
