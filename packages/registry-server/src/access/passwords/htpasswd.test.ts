import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { hashSync } from 'bcryptjs';
import { openHtpasswd, parseHtpasswd } from './htpasswd.ts';
import { createPasswordWorkers } from './password-workers.ts';

function argon2id(password: string): string {
  const nonce = Buffer.from('a nonce of 16 by');
  const tag = argon2Sync('argon2id', {
    message: password,
    nonce,
    parallelism: 1,
    tagLength: 32,
    memory: 64,
    passes: 2,
  });
  const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=64,t=2,p=1$${text(nonce)}$${text(tag)}`;
}

test('users of a htpasswd file sign in with bcrypt and argon2id, and changes to the file count at once', async (t) => {
  const path = join(await temporaryFolder(t), 'htpasswd');
  const workers = createPasswordWorkers();
  t.after(() => workers.close());
  const bcrypt = hashSync('secret of ann', 4).replace('$2b$', '$2y$');
  await writeFile(path, `# people\nann:${bcrypt}\nbob:${argon2id('secret of bob')}\r\n\n`);
  const problems: Error[] = [];
  const grantsTo = () => [{ repositories: '**', actions: ['pull'] as const }];
  const users = await openHtpasswd({
    path,
    workers,
    grantsTo,
    recheckMs: 0,
    onProblem: (error) => problems.push(error),
  });

  const ann = await users.authenticate('ann', 'secret of ann');
  assert.ok(typeof ann === 'object' && ann.stamp !== undefined);
  assert.deepEqual(ann.identity, { kind: 'user', name: 'ann', grants: grantsTo() });
  assert.equal(typeof (await users.authenticate('bob', 'secret of bob')), 'object');
  for (const [name, secret] of [
    ['ann', 'secret of bob'],
    ['bob', ''],
    ['eve', 'secret of ann'],
    ['', ''],
    ['__proto__', 'x'],
  ] as const)
    assert.equal(await users.authenticate(name, secret), 'unknown', name);
  assert.equal((await users.recall({ kind: 'user', name: 'ann' }, ann.stamp))?.identity.name, 'ann');

  await writeFile(path, 'ann:nonsense\n');
  assert.equal(typeof (await users.authenticate('bob', 'secret of bob')), 'object', 'a broken file changes nothing');
  assert.match(problems[0]?.message ?? '', /htpasswd:1: the hash of ann is neither/);

  await writeFile(path, `ann:${hashSync('another secret', 4)}\n`);
  assert.equal(await users.authenticate('ann', 'secret of ann'), 'unknown');
  assert.equal(await users.authenticate('bob', 'secret of bob'), 'unknown');
  assert.equal(await users.recall({ kind: 'user', name: 'ann' }, ann.stamp), undefined, 'her tokens ended with it');
});

test('a htpasswd file that cannot be meant is refused with its line', () => {
  for (const [text, expected] of [
    ['ann', /f:1: there is no name/],
    [`\nann:${hashSync('x', 4)}\nann:${hashSync('x', 4)}`, /f:3: the user ann is there twice/],
    ['ann:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=', /f:1: the hash of ann is neither/],
    [`ann:$2y$31$${'a'.repeat(53)}`, /cost above 16/],
    [`ann:$argon2id$v=19$m=99999999,t=1,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`, /out of bounds/],
    [`a b:${hashSync('x', 4)}`, /"a b" is not a user name/],
  ] as const)
    assert.throws(
      () => parseHtpasswd(text, 'f'),
      (error) => isLadingError(error, 'CONFIGURATION_INVALID') && expected.test(error.message),
    );
});

test('verifying passwords holds nothing up, and too many at once are told to come again', async (t) => {
  const workers = createPasswordWorkers({ threads: 1, waiting: 2 });
  t.after(() => workers.close());
  const task = { hash: hashSync('x', 9), password: 'x' };
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const answers = await Promise.all([1, 2, 3, 4].map(() => workers.verify(task)));
  clearInterval(timer);
  assert.deepEqual(answers, [true, true, true, 'busy']);
  t.diagnostic(`longest pause ${longest.toFixed(1)} ms`);
});

test('closing answers those who are signing in', async () => {
  const workers = createPasswordWorkers({ threads: 1 });
  const task = { hash: hashSync('secret', 4), password: 'secret' };
  const asked = Promise.all([workers.verify(task), workers.verify(task)]);
  await workers.close();
  assert.deepEqual(await asked, [true, true]);
});
