import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { skipUnless } from '@lading/testkit';
import { inspectMachine, type Machine } from '../machine.ts';
import type { ProcessSpec } from '../process.ts';
import { openSnapshots, type Snapshots } from '../snapshots.ts';
import { alpineLayer } from '../testing/alpine-layer.ts';
import { chooseEngine, engines } from './engines.ts';

// What an image or a step tries in order to reach this machine, through each engine, on Alpine 3.11 from the test vectors.

let machine: Machine;
let base: string;
let unpacked: Promise<unknown> | undefined;

before(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'lading-walls-')));
  machine = await inspectMachine({ folder: base, engine: '' });
});

after(async () => {
  if (machine.mapping !== undefined) await (await openSnapshots(base, { machine })).prune({ keep: () => false });
  await rm(base, { recursive: true, force: true });
});

type Run = (script: string, process?: Partial<ProcessSpec>) => Promise<string>;

/** `run` gives all that came out of a shell script. */
function holds(title: string, body: (run: Run) => Promise<void>): void {
  for (const { name } of engines) {
    test(`${name}: ${title}`, async (t) => {
      if (!skipUnless(t, machine.engines.includes(name), `the engine ${name}`)) return;
      const tar = await alpineLayer(t);
      if (tar === undefined) return;
      const layer = { diffId: digestOf(tar), open: async () => fromBuffer(tar) };
      const snapshots: Snapshots = await openSnapshots(base, { machine: { ...machine, engines: [name] } });
      unpacked ??= snapshots.ensure([layer]);
      await unpacked;
      await body(async (script, process) => {
        const scratch = await snapshots.begin(await snapshots.ensure([layer]));
        let output = '';
        const take = (chunk: Uint8Array): void => {
          output += Buffer.from(chunk).toString();
        };
        try {
          await scratch.run({
            ...{ argv: ['/bin/sh', '-c', script], env: ['PATH=/usr/bin:/bin:/sbin'], network: 'host' },
            ...{ stdout: take, stderr: take },
            ...process,
          });
          return output;
        } finally {
          await scratch.discard();
        }
      });
    });
  }
}

// glibc's loader lists the libraries of a program instead of running it; Alpine's knows nothing of the variable.
const tracing = 'LD_TRACE_LOADED_OBJECTS=1';

holds('what the environment tells loaders reaches the process, and no program of this machine', async (run) => {
  const env = ['PATH=/usr/bin:/bin', tracing, 'LD_LIBRARY_PATH=lib', 'GCONV_PATH=.'];
  const script = 'echo $LD_TRACE_LOADED_OBJECTS $LD_LIBRARY_PATH $GCONV_PATH';
  assert.equal(await run(script, { env }), '1 lib .\n');
  assert.equal(await run(script, { env, secretEnv: { TOKEN: new Secret('t') } }), '1 lib .\n');
});

holds('programs of this machine are not looked up in the PATH of the image, also with secrets', async (run) => {
  const env = ['PATH=bin:.:/usr/bin:/bin', 'BASH_FUNC_cat%%=() { echo replaced; }', 'ENV=./etc/hostname'];
  const secretEnv = { TOKEN: new Secret('it'), PATH: new Secret('.:/bin') };
  assert.equal(await run('echo $TOKEN; /bin/cat /proc/1/comm >/dev/null', { env, secretEnv }), 'it\n');
  assert.equal(await run('echo "$PATH"', { env, secretEnv }), '.:/bin\n');
});

holds('what stands in the environment without a name, or looks like an option, is no command', async (run) => {
  const env = ['PATH=/usr/bin:/bin', 'false', '-Sfalse x=1', '--chdir=/nowhere'];
  assert.equal(await run('echo ran', { env }), 'ran\n');
});

holds('device nodes that a step makes in a mounted folder cannot be opened', async (run) => {
  const source = join(base, 'cache');
  await mkdir(source, { recursive: true, mode: 0o777 });
  const script =
    'mknod /c/zero c 1 5 2>/dev/null; head -c 1 /c/zero >/dev/null 2>&1 && echo opened; rm -f /c/zero; echo end';
  assert.equal(await run(script, { mounts: [{ source, target: '/c' }] }), 'end\n');
});

test('a secret is not split into more by a NUL in it, nor taken for what the loader obeys', async (t) => {
  if (!skipUnless(t, machine.engines.length > 0, 'an engine')) return;
  const spec = { argv: ['true'], network: 'none', secretEnv: { LD_PRELOAD: new Secret('x') } } as const;
  assert.throws(
    () => chooseEngine(['unshare'], spec),
    (error) => isLadingError(error, 'RUNTIME_UNAVAILABLE'),
  );
  const snapshots = await openSnapshots(base, { machine });
  const scratch = await snapshots.begin(undefined);
  try {
    const split = { ...spec, secretEnv: { TOKEN: new Secret('a\0--bind\0/\0/') } };
    await assert.rejects(
      async () => scratch.run(split),
      (error) => isLadingError(error, 'USAGE') && /NUL/.test(error.message) && !error.message.includes('--bind'),
    );
  } finally {
    await scratch.discard();
  }
});
