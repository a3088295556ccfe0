import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { createProgress, formatBytes, formatDuration } from './progress.ts';

function recorder(isTTY: boolean): { stream: WriteStream; written: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  // Only what progress uses of a terminal.
  return { stream: Object.assign(stream, { isTTY, columns: 60 }) as unknown as WriteStream, written: () => text };
}

test('off a terminal there is one line of sums every ten seconds', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { stream, written } = recorder(false);
  const progress = createProgress(stream, { quiet: false, json: false });
  progress.update('a', 'layer a', 0, 1_000_000);
  progress.update('b', 'layer b', 500_000, 2_000_000);
  progress.update('c', 'layer c', 4_000_000, 4_000_000);
  progress.finish('c');
  t.mock.timers.tick(9_999);
  assert.equal(written(), '');
  t.mock.timers.tick(1);
  assert.equal(written(), 'layer b and 1 more: 4.5 MB of 7.0 MB, 1 done\n');
  progress.end();
  t.mock.timers.tick(60_000);
  assert.equal(written().split('\n').length, 2);
});

test('on a terminal the line is drawn over itself, fits, and is gone when a line that stays is written', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { stream, written } = recorder(true);
  const progress = createProgress(stream, { quiet: false, json: false });
  progress.update('a', 'a layer with a name that is longer than sixty characters altogether', 1, 2);
  t.mock.timers.tick(100);
  assert.equal(written(), '\r\u001b[Ka layer with a name that is longer than sixty characters al');
  progress.log('done');
  assert.ok(written().endsWith('\r\u001b[Kdone\n'));
});

test('under --json every line that stays is an object, and quiet keeps warnings alone', () => {
  const { stream, written } = recorder(false);
  const progress = createProgress(stream, { quiet: false, json: true });
  progress.log('done');
  progress.warn('careful');
  assert.equal(written(), '{"log":"done"}\n{"warning":"careful"}\n');
  const quiet = recorder(false);
  const silent = createProgress(quiet.stream, { quiet: true, json: false });
  silent.log('done');
  silent.warn('careful');
  assert.equal(quiet.written(), 'lading: warning: careful\n');
});

test('formatBytes() and formatDuration() stay short', () => {
  assert.deepEqual([0, 999, 1500, 61_400_000, 1e12].map(formatBytes), ['0 B', '999 B', '1.5 kB', '61.4 MB', '1.0 TB']);
  assert.deepEqual([5, 12_340, 125_000].map(formatDuration), ['5 ms', '12.3 s', '2 min 05 s']);
});
