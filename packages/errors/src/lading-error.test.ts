import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { interrupted, isLadingError, LadingError, messageOf, throwIfAborted } from './lading-error.ts';

const withPassword = 'https://user:hunter2@example.org';

test('LadingError holds code, kind, hint, details and cause', () => {
  const cause = new Error('ENOSPC');
  const error = new LadingError('BLOB_NOT_FOUND', 'Cannot open blob x: it is absent', {
    hint: 'Pull it.',
    cause,
    details: { digest: 'x' },
  });
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'LadingError');
  assert.equal(error.code, 'BLOB_NOT_FOUND');
  assert.equal(error.kind, 'not-found');
  assert.equal(error.hint, 'Pull it.');
  assert.equal(error.cause, cause);
  assert.deepEqual(error.details, { digest: 'x' });
});

test('LadingError without options has no cause, no hint and empty details', () => {
  const error = new LadingError('USAGE', 'No');
  assert.equal('cause' in error, false);
  assert.equal(error.hint, undefined);
  assert.deepEqual(error.toJSON(), { code: 'USAGE', kind: 'usage', message: 'No' });
});

test('LadingError shows no credential of its message, hint, details or causes, however it is printed', () => {
  const cause = new Error(`inner ${withPassword}`, { cause: new Error(`innermost ${withPassword}`) });
  const error = new LadingError('USAGE', `No ${withPassword}`, {
    hint: `Not ${withPassword}`,
    cause,
    details: { url: withPassword },
  });
  for (const text of [inspect(error, { depth: 9 }), `${error.stack}`, `${error}`, JSON.stringify(error)]) {
    assert.ok(!text.includes('hunter2'), text);
  }
  assert.match(inspect(error), /innermost/);
});

test('LadingError becomes JSON with its cause as a message', () => {
  const error = new LadingError('SIZE_MISMATCH', 'Cannot', {
    cause: new Error('why'),
    details: { size: 3 },
    hint: 'Do',
  });
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    code: 'SIZE_MISMATCH',
    kind: 'verification',
    message: 'Cannot',
    hint: 'Do',
    details: { size: 3 },
    cause: 'why',
  });
});

test('isLadingError() tells codes apart and is not fooled by lookalikes', () => {
  const error = new LadingError('USAGE', 'No');
  assert.equal(isLadingError(error), true);
  assert.equal(isLadingError(error, 'USAGE', 'DIGEST_INVALID'), true);
  assert.equal(isLadingError(error, 'DIGEST_INVALID'), false);
  for (const other of [new Error('x'), { name: 'LadingError', code: 'USAGE' }, 'LadingError', null, undefined]) {
    assert.equal(isLadingError(other), false);
  }
});

test('messageOf() has words for anything that can be thrown', () => {
  assert.equal(messageOf(new Error('why')), 'why');
  assert.equal(messageOf(new TypeError('')), 'TypeError');
  assert.equal(messageOf('why'), 'why');
  assert.equal(messageOf(new AggregateError([new Error('first'), new Error('second')])), 'first');
  assert.equal(messageOf(new AggregateError([])), 'AggregateError');
  assert.equal(messageOf(runInNewContext('({ code: 7 })')), '{ code: 7 }');
  for (const thrown of ['', undefined, null, 0, Symbol('s'), {}, [], Object.create(null)]) {
    assert.notEqual(messageOf(thrown), '');
  }
  assert.ok(!messageOf({ url: withPassword }).includes('hunter2'));
});

test('throwIfAborted() throws INTERRUPTED once the signal fired, with the reason as cause', () => {
  const stop = new AbortController();
  throwIfAborted(undefined);
  throwIfAborted(stop.signal);
  stop.abort(new Error('ctrl-c'));
  assert.throws(
    () => throwIfAborted(stop.signal),
    (error) => isLadingError(error, 'INTERRUPTED') && messageOf(error.cause) === 'ctrl-c',
  );
});

test('interrupted() passes a LadingError through', () => {
  const reason = new LadingError('COPY_FAILED', 'Cannot copy');
  assert.equal(interrupted(AbortSignal.abort(reason)), reason);
});
