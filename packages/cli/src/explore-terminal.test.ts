import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { findProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { openSandbox, program } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

const leave = '\u001b[?1049l';
let folder: string;

before(async (t) => {
  folder = await temporaryFolder(t as TestContext);
  await writeSampleLayout(join(folder, 'layout'));
});

interface Session {
  /** All that the terminal was sent so far. */
  readonly output: () => string;
  readonly shows: (text: string) => Promise<void>;
  readonly press: (keys: string) => void;
  readonly ended: Promise<number | null>;
}

/** Runs a shell command in a terminal of its own, of 100 × 30, which script(1) makes. */
function inTerminal(t: TestContext, command: string, env: NodeJS.ProcessEnv = {}): Session {
  const { CI: _ci, NO_COLOR: _noColor, ...rest } = process.env;
  const child = spawn('script', ['-qec', `stty cols 100 rows 30; ${command}`, '/dev/null'], {
    cwd: folder,
    env: { ...rest, TERM: 'xterm-256color', SHELL: '/bin/sh', LADING_HOME: join(folder, 'home'), ...env },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  t.after(() => void child.kill('SIGKILL'));
  let output = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    output: () => output,
    press: (keys) => void child.stdin.write(keys),
    ended,
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        ended.then(() => reject(new Error(`the terminal ended without ${JSON.stringify(text)}: ${output}`)));
      }),
  };
}

const hasScript = (t: TestContext): boolean =>
  skipUnless(t, findProgram('script') !== undefined, 'script(1) is not installed');
/** Tells whether the terminal is set as before. */
const checked = (command: string): string =>
  `before=$(stty -g); ${command}; code=$?; [ "$before" = "$(stty -g)" ] && echo "same, code $code"`;
const explore = `'${program}' explore --platform linux/amd64 oci:layout:all`;

test('the explorer opens in a terminal, follows keys, shows what is in a file, and leaves the terminal as it was', async (t) => {
  if (!hasScript(t)) return;
  const session = inTerminal(t, checked(explore));
  await session.shows('q quit');
  assert.ok(session.output().includes('\u001b[32m'), 'what the layer added is green');
  session.press('/own\r');
  await session.shows('with "own"');
  session.press('\r');
  await session.shows(' amd64 ');
  session.press('\u001b');
  session.press('?');
  await session.shows('between layers and files');
  session.press('qq');
  assert.equal(await session.ended, 0);
  const after = session.output().slice(session.output().lastIndexOf(leave));
  assert.match(after, /same, code 0/);
});

test('a signal ends the explorer as it ends other commands, and the terminal is given back', async (t) => {
  if (!hasScript(t)) return;
  const session = inTerminal(t, checked(`sh -c 'echo pid=$$.; exec ${explore}'`), { NO_COLOR: '1' });
  await session.shows('q quit');
  assert.ok(!session.output().includes('\u001b[32m'), 'NO_COLOR leaves colours out');
  const [, pid] = /pid=(\d+)\./.exec(session.output()) ?? [];
  process.kill(Number(pid), 'SIGTERM');
  await session.ended;
  const after = session.output().slice(session.output().lastIndexOf(leave));
  assert.match(after, /INTERRUPTED/);
  assert.match(after, /same, code 130/);
});

test('a crash gives the terminal back before it is reported', async (t) => {
  if (!hasScript(t)) return;
  const module = JSON.stringify(join(import.meta.dirname, 'explore/terminal.ts'));
  const code = `import { openTerminal } from ${module};
    openTerminal(process.stdin, process.stdout, { key() { throw new Error('a defect') }, resized() {}, ended() {} }).draw(['drawn']);`;
  const node = `'${process.execPath}' --disable-warning=ExperimentalWarning --input-type=module-typescript --eval '${code.replaceAll("'", `'\\''`)}'`;
  const session = inTerminal(t, checked(node));
  await session.shows('drawn');
  session.press('x');
  await session.ended;
  assert.ok(session.output().includes('a defect'));
  assert.match(session.output().slice(session.output().lastIndexOf(leave)), /same, code 1/);
});

test('without a terminal, and as JSON, it says what to use instead', async (t) => {
  const sandbox = await openSandbox(t);
  for (const json of [[], ['--json']]) {
    const { code, stderr, stdout } = await sandbox.run(['explore', ...json, 'app']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /lading analyze app/);
  }
});
