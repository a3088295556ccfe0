// `lading run` in every engine that this machine has, as a program that shells, terminals and supervisors start.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import type { EngineName as Engine } from '@lading/runtime';
import { findProgram, isLongRun, skipUnless, vector } from '@lading/testkit';
import { enginesHere } from './engines.ts';
import {
  eventually,
  type Lading,
  type Outcome,
  openLading,
  type RunOptions,
  type Started,
  succeeded,
  temporaryHome,
} from './lading.ts';

const image = 'alpine:3.10';
const engines = ['crun', 'runc', 'unshare', 'bubblewrap'] as const satisfies readonly Engine[];

const here = await enginesHere();
// One home for all: the image is loaded and unpacked once. The tests that share it run one after the other.
const home = join(await temporaryHome({ after: (work) => after(work) }), 'home');
let loaded: Promise<string> | undefined;

for (const engine of engines) {
  // What passes through an engine unchanged is proven once in full; of the others what they do themselves.
  const full = engine === here[0];
  describe(`lading run with ${engine}`, () => {
    test(`${engine}: arguments, variables, folders, mounts, network and exit code are what was asked for`, async (t) => {
      const lading = await prepare(t, engine);
      if (lading === undefined) return;
      await mkdir(join(lading.folder, 'shared'));
      await writeFile(join(lading.folder, 'shared/file'), 'from outside\n');
      const outcome = await lading.run(
        [
          ...[
            'run',
            '-e',
            'GREETING=two  words',
            '-e',
            'FROM_OUTSIDE',
            '-e',
            'NOT_SET',
            '-w',
            '/srv',
            '--network',
            'none',
          ],
          ...[
            '-v',
            'shared:/mnt/shared',
            '-v',
            'shared/file:/etc/one:ro',
            '--read-only',
            '--entrypoint',
            'sh',
            image,
            '-c',
          ],
          'printf "%s|" "$@"; echo "$GREETING"; echo "$FROM_OUTSIDE"; echo "[$NOT_SET]"; pwd; cat /mnt/shared/file /etc/one;' +
            'echo back >/mnt/shared/new; for f in /etc/one /etc/motd; do (echo x >$f) 2>/dev/null || echo refused; done;' +
            'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "; echo err >&2; exit 42',
          ...['sh', '', "it's", '$HOME', '--json', '-e', 'a\nb', 'ü'],
        ],
        { env: { FROM_OUTSIDE: 'inherited' } },
      );
      assert.deepEqual(outcome, {
        code: 42,
        signal: null,
        stdout:
          "|it's|$HOME|--json|-e|a\nb|ü|two  words\ninherited\n[]\n/srv\nfrom outside\nfrom outside\nrefused\nrefused\nlo\n",
        stderr: 'err\n',
      });
      assert.equal(await readFile(join(lading.folder, 'shared/new'), 'utf8'), 'back\n');
      await isTidy(lading);
    });

    test(`${engine}: another user, by name`, async (t) => {
      const lading = await prepare(t, engine);
      if (lading === undefined) return;
      const script = 'id; touch /x 2>/dev/null || echo refused; echo $HOME';
      const { code, stdout, stderr } = await lading.run(['run', '-u', 'guest', image, 'sh', '-c', script]);
      if (engine === 'bubblewrap') {
        assert.equal(code, 1);
        assert.match(stderr, /bubblewrap cannot run a process as another user/);
      } else assert.match(stdout, /^uid=405\(guest\) gid=100\(users\).*\nrefused\n\/dev\/null\n$/, stderr);
    });

    if (full)
      test(`${engine}: three megabytes go in by stdin and come out by stdout`, async (t) => {
        const lading = await prepare(t, engine);
        if (lading === undefined) return;
        const input = Buffer.alloc(3_000_000, 'lading\n');
        const { stdout, stderr } = await lading.run(['run', image, 'cat'], { input });
        assert.ok(stdout === input.toString(), `${stdout.length} bytes came back: ${stderr}`);
      });

    test(`${engine}: signals reach the process, and it decides`, async (t) => {
      const lading = await prepare(t, engine);
      if (lading === undefined) return;
      const script =
        'trap "echo asked; exit 7" TERM; trap "echo interrupted" INT; echo ready; while :; do sleep 0.02; done';
      const { child, ended, stdout } = await begin(lading, ['run', image, 'sh', '-c', script]);
      child.kill('SIGINT');
      await eventually('SIGINT arrives', () => stdout().includes('interrupted'));
      child.kill('SIGTERM');
      const outcome = await ended;
      assert.deepEqual([outcome.code, outcome.stdout], [7, 'ready\ninterrupted\nasked\n'], outcome.stderr);
      await isTidy(lading);
    });

    test(`${engine}: nothing survives the death of lading, and the next run clears up after it`, async (t) => {
      const lading = await prepare(t, engine);
      if (lading === undefined) return;
      const marker = `60.${process.pid}${engine.length}${Math.floor(Math.random() * 1e6)}`;
      const script = `trap "" TERM; (sleep ${marker} &); echo ready; sleep ${marker}; true`;
      const { child, ended } = await begin(lading, ['run', image, 'sh', '-c', script]);
      await eventually('the process runs', async () => (await processesWith(`sleep\0${marker}`)).length > 0);
      child.kill('SIGKILL');
      assert.equal((await ended).signal, 'SIGKILL');
      await eventually('no process is left', async () => (await processesWith(`sleep\0${marker}`)).length === 0);
      assert.equal(succeeded('run', await lading.run(['run', image, 'echo', 'again'])), 'again');
      await isTidy(lading);
    });

    test(`${engine}: a terminal is one`, async (t) => {
      const script = findProgram('script');
      if (!skipUnless(t, script !== undefined, 'the program script')) return;
      const lading = await prepare(t, engine);
      if (lading === undefined) return;
      // The pause: a terminal that passes through several programs can lose what is written just before the end.
      const commands = '[ -t 0 ] && [ -t 1 ] && echo is a terminal; stty size; sleep 0.3; exit 9';
      const inside = `lading run -t ${image} sh -c "${commands}"`;
      const shown = await lading.shell(`script -qec 'stty rows 33 cols 77; ${inside}' /dev/null || echo "code $?"`);
      // script echoes the end of its own input.
      assert.equal(shown.stdout.replaceAll(/\r|\^@/g, ''), 'is a terminal\n33 77\ncode 9\n', shown.stderr);
    });
  });
}

test('lading run ends as its process did: with its code, by a signal, or not at all when there is none', async (t) => {
  const lading = await prepare(t, here[0] ?? 'crun');
  if (lading === undefined) return;
  const run = (...args: string[]): Promise<Outcome> => lading.run(['run', image, ...args]);
  const [killed, absent, noProgram, unread] = await Promise.all([
    run('sh', '-c', "sh -c 'kill -KILL $$'; exit $?"),
    run('no-such-program'),
    run('/etc/passwd'),
    lading.run(['run', image, 'true'], { input: Buffer.alloc(3_000_000) }),
  ]);
  assert.equal(killed.code, 137, killed.stderr);
  assert.equal(absent.code, 127, absent.stderr);
  assert.match(absent.stderr, /no-such-program/);
  assert.equal(noProgram.code, 126, noProgram.stderr);
  assert.equal(unread.code, 0, unread.stderr);
  const closed = await lading.shell(`lading run ${image} yes | head -n 2`);
  assert.equal(closed.stdout, 'y\ny\n');
  const { child, ended } = await begin(lading, ['run', image, 'sh', '-c', 'echo ready; exec sleep 60']);
  child.kill('SIGTERM');
  assert.equal((await ended).code, 143);
  await isTidy(lading);
});

test('six runs at once in a new home unpack its layers together and do not disturb each other', async (t) => {
  const lading = await prepare(t, here[0] ?? 'crun', true);
  if (lading === undefined) return;
  const runs = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) =>
    lading.run(['run', image, 'sh', '-c', `echo ${text} >/file; sleep 0.1; cat /file`]),
  );
  assert.deepEqual(
    (await Promise.all(runs)).map(({ code, stdout, stderr }) => `${code} ${stdout}${stderr}`),
    ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => `0 ${text}\n`),
  );
  await isTidy(lading);
});

test('an engine that does not exist is an error that names it', async (t) => {
  const lading = await openLading(t);
  const alpine = vector(t, 'images/alpine-310.docker-archive.tar.gz');
  if (alpine === undefined) return;
  await lading.out('load', '-i', alpine);
  const { code, stderr } = await lading.run(['run', image, 'true'], { env: { LADING_ENGINE: 'steam' } });
  assert.equal(code, 2);
  assert.match(stderr, /no engine "steam"/);
});

/** Lading with Alpine loaded, set to one engine. Undefined after skipping the test. */
async function prepare(t: TestContext, engine: Engine, ownHome = false): Promise<Lading | undefined> {
  const alpine = vector(t, 'images/alpine-310.docker-archive.tar.gz');
  if (alpine === undefined || !skipUnless(t, here.includes(engine), `the engine ${engine}`)) return undefined;
  if (engine !== here[0] && !isLongRun(t)) return undefined;
  const lading = await openLading(t, ownHome ? undefined : home);
  if (ownHome) await lading.out('load', '-i', alpine);
  else loaded ??= lading.out('load', '-i', alpine);
  await loaded;
  const env = { LADING_ENGINE: engine };
  const start: Lading['start'] = (args, options: RunOptions = {}) =>
    lading.start(args, { ...options, env: { ...env, ...options.env } });
  return {
    ...lading,
    start,
    run: (args, options) => start(args, options).ended,
    shell: (script, options) => lading.shell(script, { ...options, env }),
  };
}

/** Starts a run and waits until its process says that it is ready. */
async function begin(lading: Lading, args: readonly string[]): Promise<Started> {
  const started = lading.start(args);
  await eventually('the process is ready', () => started.stdout().includes('ready'), 20_000);
  return started;
}

/** Nothing of a run is left in the home but the unpacked layers. */
async function isTidy(lading: Lading): Promise<void> {
  const snapshots = join(lading.env.LADING_HOME ?? '', 'snapshots');
  const [mapping = ''] = await readdir(snapshots);
  assert.deepEqual((await readdir(join(snapshots, mapping))).sort(), ['scratch', 'snapshots']);
  assert.deepEqual(await readdir(join(snapshots, mapping, 'scratch')), []);
}

async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(text)) found.push(pid);
  }
  return found;
}
