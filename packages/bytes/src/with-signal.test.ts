import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LadingError } from '@lading/errors';
import { watchedBytes } from '@lading/testkit';
import { collect } from './collect.ts';
import { drain } from './drain.ts';
import { fromBuffer } from './from-buffer.ts';
import { withSignal } from './with-signal.ts';

test('withSignal() passes bytes and errors while the signal is quiet, and leaves no listener', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  assert.equal((await collect(withSignal(fromBuffer('abc'), signal), { maxBytes: 9, what: 'x' })).toString(), 'abc');
  const failing = watchedBytes([], () => Promise.reject(new Error('disk on fire')));
  await assert.rejects(drain(withSignal(failing.bytes, signal)), /disk on fire/);
  assert.equal(listeners, 0);
});

test('withSignal() without a signal is the bytes themselves', () => {
  const bytes = fromBuffer('a');
  assert.equal(withSignal(bytes, undefined), bytes);
});

test('withSignal() reads nothing when the signal fired before', async () => {
  const source = watchedBytes([Buffer.from('a')]);
  await assert.rejects(drain(withSignal(source.bytes, AbortSignal.abort())), { code: 'INTERRUPTED' });
  assert.equal(source.pulled, 0);
});

test('withSignal() rejects at once while the source hangs', async () => {
  const stop = new AbortController();
  const source = watchedBytes([Buffer.from('a')], () => new Promise(() => {}));
  setTimeout(() => stop.abort(), 10);
  await assert.rejects(drain(withSignal(source.bytes, stop.signal)), { code: 'INTERRUPTED' });
});

test('withSignal() releases the source when the signal fires while the reader works, and on early return', async () => {
  const stop = new AbortController();
  const interruptedSource = watchedBytes([Buffer.from('a'), Buffer.from('b')]);
  const reading = (async () => {
    for await (const _ of withSignal(interruptedSource.bytes, stop.signal)) stop.abort();
  })();
  await assert.rejects(reading, { code: 'INTERRUPTED' });
  assert.equal(interruptedSource.released, true);

  const leftSource = watchedBytes([Buffer.from('a'), Buffer.from('b')]);
  for await (const _ of withSignal(leftSource.bytes, new AbortController().signal)) break;
  assert.equal(leftSource.released, true);
});

test('withSignal() passes a LadingError that was given as the reason', async () => {
  const reason = new LadingError('REGISTRY_UNREACHABLE', 'Cannot go on: the other transfer failed');
  await assert.rejects(drain(withSignal(fromBuffer('a'), AbortSignal.abort(reason))), reason);
});
