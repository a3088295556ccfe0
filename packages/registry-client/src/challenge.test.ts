import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Challenge, parseChallenges } from './challenge.ts';

test('parseChallenges() reads a token challenge with commas inside quotes', () => {
  assert.deepEqual(
    parseChallenges(
      'Bearer realm="https://auth.example.org/token",service="registry.example.org",scope="repository:a/b:pull,push"',
    ),
    [
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.example.org/token',
          service: 'registry.example.org',
          scope: 'repository:a/b:pull,push',
        },
      },
    ],
  );
});

test('parseChallenges() tells challenges and parameters apart, in one line and in several', () => {
  const expected = [
    { scheme: 'negotiate', parameters: {} },
    { scheme: 'newauth', parameters: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
    { scheme: 'basic', parameters: { realm: 'simple' } },
  ];
  const lines = ['Negotiate', 'NewAuth realm="apps", type=1, title="Login to \\"apps\\""', 'Basic realm="simple"'];
  assert.deepEqual(parseChallenges(lines.join(', ')), expected);
  assert.deepEqual(parseChallenges(lines), expected);
  assert.deepEqual(parseChallenges(' ,, Basic , Bearer   realm = "x" ,'), [
    { scheme: 'basic', parameters: {} },
    { scheme: 'bearer', parameters: { realm: 'x' } },
  ]);
  assert.deepEqual(parseChallenges('Negotiate YWJj==, Basic realm=a'), [
    { scheme: 'negotiate', parameters: {} },
    { scheme: 'basic', parameters: { realm: 'a' } },
  ]);
});

test('parseChallenges() lets no later realm replace the first', () => {
  assert.equal(parseChallenges('Bearer realm="a",realm="b"')[0]?.parameters.realm, 'a');
});

test('parseChallenges() takes any text without harm', () => {
  assert.deepEqual(parseChallenges(undefined), []);
  assert.deepEqual(parseChallenges('="x"'), []);
  assert.deepEqual(parseChallenges('Bearer realm="unfinished'), [{ scheme: 'bearer', parameters: {} }]);
  assert.equal(parseChallenges('Bearer __proto__=x')[0]?.parameters.realm, undefined);
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseChallenges(text))));
  const long = `Bearer realm="${'\\'.repeat(100_000)}`;
  assert.equal(parseChallenges(long).length, 1);
});

test('parseChallenges() reads back whatever challenges are written', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const challenge = fc.record(
    {
      scheme: name,
      parameters: fc.dictionary(name, fc.stringMatching(/^[ -~]{0,20}$/), {
        minKeys: 1,
        maxKeys: 3,
        noNullPrototype: true,
      }),
    },
    { noNullPrototype: true },
  );
  const write = ({ scheme, parameters }: Challenge) =>
    `${scheme} ${Object.entries(parameters)
      .map(([key, value]) => `${key}="${value.replace(/["\\]/g, '\\$&')}"`)
      .join(', ')}`;
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
      assert.deepEqual(parseChallenges(challenges.map(write).join(', ')), challenges);
    }),
  );
});
