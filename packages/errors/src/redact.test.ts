import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REDACTED, redact, redactDetails } from './redact.ts';
import { Secret } from './secret.ts';

const R = REDACTED;

test('redact() replaces credentials and keeps what is around them', () => {
  const cases = [
    ['GET https://user:hunter2@example.org/v2/', `GET https://${R}@example.org/v2/`],
    ['https://:hunter2@example.org', `https://${R}@example.org`],
    ['https://user:hun@ter2@example.org/a@b', `https://${R}@example.org/a@b`],
    ['postgres://lading:hunter2@db/lading', `postgres://${R}@db/lading`],
    ['https://abcdefghijklmnopqrstuvwxyz@example.org/repo.git', `https://${R}@example.org/repo.git`],
    ['{"a":"https://u:p@example.org","b":"x@y"}', `{"a":"https://${R}@example.org","b":"x@y"}`],
    ['Authorization: Basic dXNlcjpwYXNz', `Authorization: Basic ${R}`],
    ['authorization:  Bearer\tabc.def', `authorization:  Bearer\t${R}`],
    ['{"Authorization":"Bearer abc"}', `{"Authorization":"Bearer ${R}"}`],
    ['X-Registry-Auth: eyJ1IjoicCJ9', `X-Registry-Auth: ${R}`],
    ['sent bearer eyJhbGciOiJFUzI1NiJ9.e30.sig', `sent bearer ${R}`],
    ['/token?scope=pull&access_token=abc&x=1', `/token?scope=pull&access_token=${R}&x=1`],
    ['https://example.org/b?X-Amz-Signature=0a1b&part=1', `https://example.org/b?X-Amz-Signature=${R}&part=1`],
    ['{"auth":"dTpw","token" : "a\\"b","x":"y"}', `{"auth":"${R}","token" : "${R}","x":"y"}`],
    ['cut off: {"password":"hunt', `cut off: {"password":"${R}`],
    ['login --password=hunter2 example.org', `login --password=${R} example.org`],
    ['RUN DEPLOY_TOKEN=abc make', `RUN DEPLOY_TOKEN=${R} make`],
  ] as const;
  for (const [text, expected] of cases) assert.equal(redact(text), expected);
});

test('redact() leaves alone what is no credential', () => {
  for (const text of [
    'http://localhost:5000/repo@sha256:0123456789abcdef',
    'Cannot pull example.org/app:1.2@sha256:abc: no bearer token was given',
    'https://user@example.org/',
    'authorization: failed',
    'the token "end" at line 3',
    '--password-stdin',
    '',
  ]) {
    assert.equal(redact(text), text);
  }
});

test('redact() is idempotent', () => {
  const once = redact('https://u:p@example.org?token=abc {"auth":"x"} Authorization: Basic abc');
  assert.equal(redact(once), once);
});

test('redact() takes linear time on hostile text', () => {
  const pieces = [
    'a',
    'A',
    'A_TOKEN',
    'a://',
    'a://:',
    'http://a:',
    'a.',
    'authorization: bearer ',
    'authorization:    ',
    'bearer ',
    'bearer aaaaaaaaaaaaaaaaa',
    '?token=',
    '"token":"',
    '"token":"\\',
    '\\"',
    '--password=',
    'signature=',
    `http://${'x'.repeat(250)}:`,
    `a://b:${'c'.repeat(1020)}`,
    `a://${'c'.repeat(1020)}`,
    ' ',
    '@',
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const began = performance.now();
    redact(text);
    const took = performance.now() - began;
    // Linear takes some 10–100 ms here; quadratic would take minutes.
    assert.ok(took < 3000, `${JSON.stringify(piece.slice(0, 30))}… took ${took} ms`);
  }
});

test('redactDetails() goes into arrays, maps, sets, errors, URLs and objects of any origin', () => {
  const url = 'https://u:p@example.org/';
  const clean = `https://${R}@example.org/`;
  const bare = Object.assign(Object.create(null), { url });
  const details = {
    text: url,
    list: [url, [url]],
    map: new Map([['url', url]]),
    set: new Set([url]),
    error: new Error(url),
    url: new URL(url),
    bare,
    secret: new Secret('hunter2'),
    bytes: Buffer.from('hunter2'),
    password: 'hunter2',
    accessToken: 'hunter2',
    count: 3,
    none: undefined,
    nothing: null,
  };
  assert.deepEqual(redactDetails(details), {
    text: clean,
    list: [clean, [clean]],
    map: { url: clean },
    set: [clean],
    error: clean,
    url: clean,
    bare: { url: clean },
    secret: R,
    bytes: '[7 bytes]',
    password: R,
    accessToken: R,
    count: 3,
    none: undefined,
    nothing: null,
  });
});

test('redactDetails() ends on circular details and copies what is merely shared', () => {
  const shared = { a: 1 };
  const details: Record<string, unknown> = { one: shared, two: shared };
  details.self = details;
  assert.deepEqual(redactDetails(details), { one: { a: 1 }, two: { a: 1 }, self: '[circular]' });
});
