import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BuildEvent } from '@lading/builder';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import { jsonRecords } from './progress-json.ts';
import { brokenLines, liveLines } from './progress-live.ts';
import { PlainLog } from './progress-plain.ts';
import { advance, type BuildProgress, beginBuild } from './progress-state.ts';

const start = (step: string, title: string): BuildEvent => ({ kind: 'step-start', step, title });
const output = (step: string, text: string | Uint8Array): BuildEvent => ({
  kind: 'step-output',
  step,
  chunk: Buffer.from(text as string),
});
const end = (step: string, durationMs = 1500, cached = false): BuildEvent => ({
  kind: 'step-end',
  step,
  title: '',
  cached,
  durationMs,
});

type Timed = readonly [ms: number, event: BuildEvent];

function played(events: readonly Timed[]): BuildProgress {
  return events.reduce((state, [ms, event]) => advance(state, event, ms).state, beginBuild(0));
}

/** All that a log writes, in its order. */
function logged(events: readonly Timed[]): string[] {
  const log = new PlainLog();
  let state = beginBuild(0);
  const lines: string[] = [];
  for (const [ms, event] of events) {
    lines.push(...log.tick(state, ms));
    const advanced = advance(state, event, ms);
    state = advanced.state;
    lines.push(...log.add(event, advanced, ms));
  }
  return [...lines, ...log.rest()];
}

test('advance() makes lines of chunks that end anywhere, and keeps the last ones', () => {
  const text = Buffer.from('grün\nblau\n');
  const split = text.indexOf(0xbc);
  const first = advance(played([[0, start('a', 'RUN x')]]), output('a', text.subarray(0, split)), 1);
  assert.deepEqual(first.lines, []);
  const second = advance(first.state, output('a', text.subarray(split)), 2);
  assert.deepEqual(second.lines, ['grün', 'blau']);
  const many = Array.from({ length: 50 }, (_, at) => `line ${at}\n`).join('');
  const { tail } = advance(second.state, output('a', many), 3).state.steps.get('a')!;
  assert.deepEqual([tail.length, tail.at(-1)], [20, 'line 49']);
});

test('advance() shows of a line what a terminal would in the end, without what steers', () => {
  const { lines } = advance(
    played([[0, start('a', 'RUN x')]]),
    output('a', '10%\r50%\r100%\r\n\u001b[31mred\u001b[0m\tx\u0007\n'),
    1,
  );
  assert.deepEqual(lines, ['100%', 'red    x\\x07']);
});

test('the plain log keeps the lines of each step together', () => {
  const lines = logged([
    [0, start('a', 'RUN a')],
    [1, start('b', 'RUN b')],
    [2, output('b', 'b one\n')],
    [3, output('a', 'a one\n')],
    [4, start('c', 'COPY c')],
    [5, end('c', 0, true)],
    [6, output('b', 'b two\nb thr')],
    [7, end('a')],
    [8, output('b', 'ee\n')],
    [9, end('b', 9)],
  ]);
  assert.deepEqual(lines, [
    ...['#1 RUN a', '#1   a one', '#1 done in 1.5 s'],
    ...['#3 COPY c', '#3 cached'],
    ...['#2 RUN b', '#2   b one', '#2   b two', '#2   b three', '#2 done in 9 ms'],
  ]);
});

test('a step that is silent for a while gives the word to another, and says when it goes on', () => {
  const lines = logged([
    [0, start('a', 'RUN a')],
    [1, start('b', 'RUN b')],
    [2, output('b', 'b\n')],
    [5000, output('b', 'b two\n')],
    [5001, output('a', 'a\n')],
    [5002, end('b', 1)],
    [5003, end('a', 1)],
  ]);
  assert.deepEqual(lines, [
    ...['#1 RUN a', '#2 RUN b', '#2   b', '#2   b two', '#2 done in 1 ms'],
    ...['#1 RUN a goes on', '#1   a', '#1 done in 1 ms'],
  ]);
});

test('what waits when a build fails is still written', () => {
  const lines = logged([
    [0, start('a', 'RUN a')],
    [1, start('b', 'RUN b')],
    [2, output('b', 'why\n')],
  ]);
  assert.deepEqual(lines, ['#1 RUN a', '#2 RUN b', '#2   why']);
});

test('the live view fits the screen, whatever is under way', () => {
  const events = Array.from({ length: 8 }, (_, at): Timed[] => [
    [0, start(`s${at}`, `RUN something ${'long '.repeat(30)}`)],
    [1, output(`s${at}`, Array.from({ length: 9 }, (_line, line) => `${line} ${'x'.repeat(200)}\n`).join(''))],
  ]).flat();
  const state = played([...events, [2, end('s0')]]);
  for (const rows of [3, 5, 10, 24, 60]) {
    const lines = liveLines(state, { columns: 60, rows }, 65_000);
    assert.ok(lines.length < rows && lines.length > 0, `${lines.length} of ${rows}`);
    assert.ok(lines.every((line) => line.length < 60));
    assert.match(lines.at(-1) ?? '', /^building for 1 min 05 s, 1 steps over/);
  }
  assert.match(liveLines(state, { columns: 60, rows: 60 }, 65_000)[0] ?? '', /^#2 RUN something .*… +1 min 05 s$/);
  assert.deepEqual(liveLines(played([]), { columns: 80, rows: 24 }, 1), []);
});

test('a step that broke leaves its title and the end of its output', () => {
  const state = played([
    [0, start('a', 'RUN a')],
    [1, output('a', 'one\ntwo\nthr')],
  ]);
  assert.deepEqual(brokenLines(state.steps.get('a')!), ['#1 RUN a', '#1   one', '#1   two', '#1   thr']);
});

test('as JSON each line of output is an object with its step', () => {
  const state = played([[0, start('0:1', 'RUN a')]]);
  const event = output('0:1', 'one\ntwo\n');
  assert.deepEqual(jsonRecords(event, advance(state, event, 1)), [
    { event: 'step-output', step: '0:1', number: 1, line: 'one' },
    { event: 'step-output', step: '0:1', number: 1, line: 'two' },
  ]);
});

test('on a terminal what was drawn is gone in the end, and what was done stays', async (t) => {
  const script = findProgram('script');
  if (!skipUnless(t, script !== undefined, 'script is not installed') || script === undefined) return;
  const code = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { createProgress } from ${JSON.stringify(join(import.meta.dirname, '../progress.ts'))};
    import { openBuildView } from ${JSON.stringify(join(import.meta.dirname, 'build-view.ts'))};
    const progress = createProgress(process.stderr, { quiet: false, json: false });
    {
      using view = openBuildView(progress, { mode: 'live' });
      const say = (event) => view.onEvent(event);
      say({ kind: 'step-start', step: 'a', title: 'RUN first' });
      say({ kind: 'step-start', step: 'b', title: 'RUN second' });
      say({ kind: 'step-output', step: 'a', chunk: Buffer.from('from the first\\n') });
      say({ kind: 'step-output', step: 'b', chunk: Buffer.from('from the second\\n') });
      await sleep(250);
      say({ kind: 'step-end', step: 'a', title: 'RUN first', cached: false, durationMs: 250 });
      progress.log('a line');
      await sleep(150);
    }
    progress.end();
  `;
  const command = `stty cols 70 rows 20; "${process.execPath}" --disable-warning=ExperimentalWarning --input-type=module-typescript --eval '${code.replaceAll("'", "'\\''")}'`;
  const { stdout, code: exit } = await runProgram(script, ['-qec', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  assert.equal(exit, 0, stdout);
  const seen = stdout.replaceAll('\r\n', '\n');
  assert.match(
    seen,
    /#1 RUN first +0 ms\n {3}from the first\n#2 RUN second +0 ms\n {3}from the second\nbuilding for 0 ms/,
  );
  assert.deepEqual(screenOf(stdout), [
    '#1 RUN first done in 250 ms',
    'a line',
    '#2 RUN second',
    '#2   from the second',
  ]);
});

/** The screen that a terminal shows in the end, as far as the sequences that progress uses go. */
function screenOf(text: string): string[] {
  const lines: string[] = [''];
  let [row, column] = [0, 0];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals are steered by
  for (const [part, up, clear] of text.matchAll(/\u001b\[(\d+)A|\u001b\[([JK])|[^\u001b]/g)) {
    if (up !== undefined) row = Math.max(0, row - Number(up));
    else if (clear !== undefined) {
      lines[row] = (lines[row] ?? '').slice(0, column);
      if (clear === 'J') lines.length = row + 1;
    } else if (part === '\r') column = 0;
    else if (part === '\n') {
      row += 1;
      lines[row] ??= '';
    } else {
      lines[row] = (lines[row] ?? '').slice(0, column).padEnd(column) + part + (lines[row] ?? '').slice(column + 1);
      column += 1;
    }
  }
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '');
}
