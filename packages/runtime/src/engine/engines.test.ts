import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fromBuffer, type Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { skipUnless } from '@lading/testkit';
import { removeAsRoot } from '../internal/as-mapped-root.ts';
import { startContainer } from '../internal/container.ts';
import { inspectMachine, type Machine } from '../machine.ts';
import type { ExitStatus, ProcessSpec } from '../process.ts';
import { alpineLayer } from '../testing/alpine-layer.ts';
import type { EngineName } from './engine.ts';
import { chooseEngine, engines } from './engines.ts';

// The contract that every engine keeps, shown on a real root file system: Alpine 3.11 from the test vectors, whose shell is busybox.

let machine: Machine;
let base: string;
let alpine: Promise<string> | undefined;

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'lading-engines-'));
  machine = await inspectMachine({ folder: base, engine: '' });
});

after(async () => {
  await removeAsRoot(base, machine.mapping ?? 'none');
  await rm(base, { recursive: true, force: true });
});

/** The unpacked image, or undefined after skipping the test. */
async function rootFileSystem(t: TestContext): Promise<string | undefined> {
  if (!skipUnless(t, machine.overlay && machine.mapping !== undefined, 'namespaces and overlay mounts'))
    return undefined;
  const tar = await alpineLayer(t);
  if (tar === undefined) return undefined;
  alpine ??= unpack(tar, join(base, 'alpine'));
  return await alpine;
}

async function unpack(tar: Buffer, folder: string): Promise<string> {
  await mkdir(folder);
  await chmod(folder, 0o755);
  execFileSync('tar', ['-x', '-C', folder], { input: tar });
  return folder;
}

interface Result extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
  readonly upper: string;
}

type Options = Partial<ProcessSpec> & { readonly io?: Io; readonly upper?: string };

function start(
  lower: string,
  name: EngineName,
  argv: readonly string[],
  { io, upper: given, ...options }: Options = {},
) {
  const output = { stdout: '', stderr: '' };
  const begin = async () => {
    const folder = await mkdtemp(join(base, 'scratch-'));
    const upper = given ?? join(folder, 'upper');
    await mkdir(upper, { recursive: true });
    const process: ProcessSpec = {
      network: 'host',
      env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'],
      stdout: (chunk) => {
        output.stdout += Buffer.from(chunk).toString();
      },
      stderr: (chunk) => {
        output.stderr += Buffer.from(chunk).toString();
      },
      ...options,
      argv,
    };
    const engine = chooseEngine([name], process);
    const mapping = machine.mapping ?? 'none';
    const running = await startContainer({ engine, mapping, layers: [lower], upper, parent: folder, process }, io);
    const result = async (): Promise<Result> => ({ ...(await running.exited), ...output, upper });
    return { running, result, folder, output };
  };
  return begin();
}

async function run(lower: string, name: EngineName, argv: readonly string[], options?: Options): Promise<Result> {
  return await (await start(lower, name, argv, options)).result();
}

const sh = (script: string) => ['/bin/sh', '-c', script];

async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`did not happen within 4 s: ${what}`);
}

function cgroups(): string {
  return execFileSync('sh', ['-c', 'ls /sys/fs/cgroup /sys/fs/cgroup/*/ 2>/dev/null; true'], { encoding: 'utf8' });
}

function workingFolders(): string {
  return execFileSync('sh', ['-c', 'ls -l /proc/[0-9]*/cwd 2>/dev/null; true'], { encoding: 'utf8' });
}

function processesWith(marker: string): string[] {
  return execFileSync('sh', ['-c', `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '`], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  })
    .split('\n')
    .filter((line) => line.includes(marker));
}

for (const { name, needs } of engines) {
  describe(`engine ${name}`, { concurrency: 2 }, () => {
    const check = (title: string, body: (lower: string, t: TestContext) => Promise<void>) =>
      test(`${name}: ${title}`, async (t) => {
        if (!skipUnless(t, machine.engines.includes(name), `the engine ${name} (${needs.join(', ')})`)) return;
        const lower = await rootFileSystem(t);
        if (lower !== undefined) await body(lower, t);
      });
    const isBubblewrap = name === 'bubblewrap';

    check('exit codes pass through', async (lower) => {
      assert.deepEqual((await run(lower, name, ['true'])).code, 0);
      assert.equal((await run(lower, name, sh('exit 42'))).code, 42);
    });

    check('a process that a signal ended has 128 + its number', async (lower) => {
      const { code, signal } = await run(lower, name, sh("sh -c 'kill -KILL $$'; exit $?"));
      assert.deepEqual({ code, signal }, { code: 137, signal: 'SIGKILL' });
    });

    check('a program that does not exist ends with 127, one that is no program with 126', async (lower, t) => {
      if (isBubblewrap) return t.skip('bwrap ends with 1 in both cases');
      const absent = await run(lower, name, ['no-such-program']);
      assert.equal(absent.code, 127, absent.stderr);
      assert.equal(absent.stderr.trim().split('\n').length, 1, absent.stderr);
      assert.match(absent.stderr, /no-such-program/);
      assert.equal((await run(lower, name, ['/etc/passwd'])).code, 126);
    });

    check('environment, working folder, umask and hostname are exactly what was asked for', async (lower) => {
      const env = ['PATH=/bin:/usr/bin', 'HOME=/root', 'discovery.type=single node', 'QUOTE=\'"$x', 'EMPTY='];
      const shown = await run(lower, name, ['env'], { env });
      const own = shown.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('PWD='));
      assert.deepEqual(own.sort(), [...env].sort());
      const script = 'pwd; umask; hostname; cat /etc/hostname';
      const { stdout } = await run(lower, name, sh(script), { cwd: '/usr/share' });
      assert.equal(stdout, '/usr/share\n0022\nlading\nlading\n');
    });

    check('arguments arrive unchanged', async (lower) => {
      const argv = ['printf', '%s|', '', "it's", '$HOME', 'two  spaces', 'line\nbreak', '-x', 'ü'];
      assert.equal((await run(lower, name, argv)).stdout, `${argv.slice(2).join('|')}|`);
    });

    check('user, group and additional groups are set, and root is bounded', async (lower, t) => {
      if (isBubblewrap) return t.skip('bwrap cannot become another user');
      if (!skipUnless(t, machine.mapping !== 'single', 'ids other than root')) return;
      const script = 'id -u; id -g; id -G; grep CapEff /proc/self/status';
      const result = await run(lower, name, sh(script), { user: { uid: 1000, gid: 1001, additionalGids: [44, 50] } });
      assert.deepEqual(result.stdout.split(/\s+/).slice(0, -1), [
        '1000',
        '1001',
        '1001',
        '44',
        '50',
        'CapEff:',
        '0000000000000000',
      ]);
    });

    check('capabilities are bounded to the default set', async (lower) => {
      const { stdout } = await run(lower, name, ['grep', 'Cap', '/proc/self/status']);
      for (const set of ['CapPrm', 'CapEff', ...(isBubblewrap ? [] : ['CapBnd'])])
        assert.match(stdout, new RegExp(`${set}:\\s00000000a80425fb`));
      if (!isBubblewrap) assert.match(stdout, /CapAmb:\s0{16}/);
    });

    check('a filter refuses new namespaces, keyrings and mounts to root too, but for plain unshare', async (lower) => {
      const probes = ['unshare -U true', 'unshare -m true', 'mount -t tmpfs none /mnt'];
      const script = `grep Seccomp: /proc/self/status; ${probes.map((probe) => `(${probe}) 2>/dev/null && echo done`).join('; ')}; true`;
      const { stdout } = await run(lower, name, sh(script));
      assert.equal(stdout, name === 'unshare' ? stdout : 'Seccomp:\t2\n');
      const open = await run(lower, name, sh('grep Seccomp: /proc/self/status'), { privileged: true });
      assert.match(open.stdout, /\t0\n/);
    });

    check('the container sees its own processes only', async (lower) => {
      // What set up the container may still be ending.
      const settled = 'for i in $(seq 100); do set -- /proc/[0-9]*; [ $# -gt 6 ] || break; sleep 0.02; done; echo $#';
      const { stdout } = await run(
        lower,
        name,
        sh(`${settled}; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; ls /proc/1/root/home 2>&1; ls -a /root`),
      );
      const count = Number(stdout.split('\n')[0]);
      assert.ok(count <= 6, `${count} processes`);
      assert.ok(!stdout.includes('.bashrc'));
      assert.ok(!stdout.includes(import.meta.filename), 'this test is a process of the machine');
    });

    check('the kernel cannot be changed: /proc/sys, sysrq, sysfs, mounts, raw devices', async (lower) => {
      const probes = [
        'echo x >/proc/sys/kernel/hostname',
        'echo 1 >/proc/sys/vm/drop_caches',
        'echo h >/proc/sysrq-trigger',
        'echo x >/sys/kernel/uevent_helper',
        'mount -t tmpfs tmpfs /mnt',
        'mount -o remount,rw /proc/sys',
        'umount /proc/sys',
        'umount /etc/hosts',
        'hostname other',
        'mknod /disk b 254 0 && cat /disk >/dev/null',
        'mknod /dev/disk b 254 0 && cat /dev/disk >/dev/null',
        'mknod /dev/mem c 1 1 && cat /dev/mem >/dev/null',
        'test -s /proc/kcore',
        'test -s /proc/keys',
        `test -e /proc/1/root${base}`,
        `chroot /proc/1/root ls ${base}`,
        'unshare -m true',
        'echo x >/etc/resolv.conf',
      ];
      const script = probes
        .map((probe) => `(${probe}) 2>/dev/null && echo "done: ${probe.replaceAll('"', '')}"`)
        .join('\n');
      assert.equal((await run(lower, name, sh(script))).stdout, '');
    });

    check('/dev holds the usual devices and no others', async (lower) => {
      const { stdout } = await run(
        lower,
        name,
        sh(
          'ls /dev; echo x >/dev/null && head -c 3 /dev/zero | wc -c; [ -c /dev/pts/ptmx ] && echo pty; touch /dev/shm/x && echo shm',
        ),
      );
      const names = stdout.split('\n');
      const allowed =
        'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero console 3 pty'.split(' ');
      assert.deepEqual(
        names.filter((entry) => entry !== '' && !allowed.includes(entry)),
        [],
      );
      for (const wanted of ['null', 'urandom', 'fd', 'shm', '3', 'pty']) assert.ok(names.includes(wanted), wanted);
    });

    check('chroot does not lead out of the root file system', async (lower) => {
      const script =
        'mkdir -p /tmp/in && cd / && chroot /tmp/in /bin/true 2>/dev/null; cd /; for i in 1 2 3 4 5 6; do cd ..; done; ls; cat etc/alpine-release';
      const { stdout } = await run(lower, name, sh(script));
      assert.match(stdout, /3\.11/);
      assert.ok(!stdout.includes('lost+found'));
    });

    check('no file descriptors of the launcher leak into the process', async (lower) => {
      const { stdout } = await run(
        lower,
        name,
        sh('cd /proc/self/fd && for f in *; do [ -e $f ] && echo $f; done; true'),
      );
      assert.deepEqual(
        stdout
          .trim()
          .split('\n')
          .filter((fd) => Number(fd) > 2 && Number(fd) < 10),
        [],
      );
    });

    check('stdin: empty by default, bytes when given', async (lower) => {
      assert.equal((await run(lower, name, ['wc', '-c'])).stdout.trim(), '0');
      const stdin = fromBuffer(Buffer.alloc(300_000, 'x'));
      assert.equal((await run(lower, name, ['wc', '-c'], { stdin })).stdout.trim(), '300000');
      const unread = fromBuffer(Buffer.alloc(3_000_000, 'x'));
      assert.equal((await run(lower, name, ['true'], { stdin: unread })).code, 0);
    });

    check('stdout and stderr stay apart and arrive whole', async (lower) => {
      const { stdout, stderr } = await run(lower, name, sh('head -c 1000000 /dev/zero; echo problem >&2'));
      assert.equal(stdout.length, 1_000_000);
      assert.equal(stderr, 'problem\n');
    });

    check('network none has a loopback interface and nothing else', async (lower) => {
      const script = 'tail -n +3 /proc/net/dev | cut -d: -f1; ip link show lo | grep -o "[<,]UP"; cat /etc/resolv.conf';
      const { stdout } = await run(lower, name, sh(script), { network: 'none' });
      const words = stdout.split(/\s+/).filter((word) => word !== '');
      assert.equal(words[0], 'lo');
      assert.deepEqual(
        words.slice(1).filter((word) => !/^[<,]UP$/.test(word)),
        [],
      );
    });

    check('a run leaves no trace in the writable layer but what the process changed', async (lower) => {
      const { upper } = await run(lower, name, ['true']);
      assert.deepEqual(await readdir(upper), []);
      const changed = await run(lower, name, sh('echo x >/etc/new; rm /etc/motd; mkdir /srv/deep'), { upper });
      assert.equal(changed.code, 0, changed.stderr);
      assert.deepEqual((await readdir(upper, { recursive: true })).sort(), [
        'etc',
        'etc/motd',
        'etc/new',
        'srv',
        'srv/deep',
      ]);
      const [copied, original] = await Promise.all([lstat(join(upper, 'etc')), lstat(join(lower, 'etc'))]);
      assert.equal(copied.mode, original.mode);
      const again = await run(lower, name, ['cat', '/etc/new'], { upper });
      assert.equal(again.stdout, 'x\n');
    });

    check('mount points work over symlinks, deleted parents and absent folders', async (lower) => {
      const odd = await mkdtemp(join(base, 'odd-'));
      await cp(join(lower, 'etc'), join(odd, 'etc'), { recursive: true });
      for (const folder of ['bin', 'lib'])
        await cp(join(lower, folder), join(odd, folder), { recursive: true, verbatimSymlinks: true });
      await rm(join(odd, 'etc/resolv.conf'), { force: true });
      await symlink('/tmp/../../../../../tmp/outside', join(odd, 'etc/resolv.conf'));
      await symlink('run/lock', join(odd, 'lock'));
      const source = await mkdtemp(join(base, 'source-'));
      await writeFile(join(source, 'file'), 'bound');
      const script =
        'cat /lock/in/file; cat /run/lock/in/file; cat /one; (echo x >/run/lock/in/file) 2>/dev/null || echo refused; echo y >/rw/file2; ls -a /';
      const result = await run(odd, name, sh(script), {
        env: ['PATH=/bin'],
        mounts: [
          { source, target: '/lock/in', readOnly: true },
          { source: join(source, 'file'), target: '/one', readOnly: true },
          { source, target: '/rw' },
        ],
      });
      assert.match(result.stdout, /^boundboundboundrefused\n/, result.stderr);
      assert.equal(await readFile(join(source, 'file2'), 'utf8'), 'y\n');
      assert.deepEqual(await readdir(result.upper), []);
    });

    check('the launcher runs no program of the image, and needs none', async (lower) => {
      const bare = await mkdtemp(join(base, 'bare-'));
      for (const folder of ['bin', 'usr/local/sbin', 'usr/local/bin', 'own', 'lib'])
        await mkdir(join(bare, folder), { recursive: true });
      await cp(join(lower, 'bin/busybox'), join(bare, 'own/busybox'));
      await cp(join(lower, 'lib'), join(bare, 'lib'), { recursive: true, verbatimSymlinks: true });
      const names = [
        'sh',
        'umount',
        'mount',
        'nsenter',
        'setpriv',
        'env',
        'unshare',
        'pivot_root',
        'cat',
        'kill',
        'sleep',
        'prlimit',
        'head',
      ];
      for (const program of names)
        for (const folder of ['bin', 'usr/local/sbin', 'usr/local/bin'])
          await writeFile(join(bare, folder, program), '#!/own/busybox sh\n/own/busybox touch /planted\n', {
            mode: 0o755,
          });
      const script = 'test -e /planted && echo planted; echo ran';
      const { stdout, stderr } = await run(bare, name, ['/own/busybox', 'sh', '-c', script], { env: ['PATH=/own'] });
      assert.equal(stdout, 'ran\n', stderr);
    });

    check('a read-only root refuses writes', async (lower) => {
      const { stdout } = await run(
        lower,
        name,
        sh('touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo shm'),
        { readOnlyRoot: true },
      );
      assert.equal(stdout, 'refused\nshm\n');
    });

    check('SIGTERM reaches the process and its handler', async (lower) => {
      const { running, result, output } = await start(
        lower,
        name,
        sh('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.02; done'),
      );
      await eventually(() => output.stdout.includes('ready'), 'ready');
      running.kill('SIGTERM');
      const { code, stdout } = await result();
      assert.deepEqual({ code, stdout }, { code: 7, stdout: 'ready\nbye\n' });
    });

    check('SIGTERM ends a process that has no handler', async (lower) => {
      const { running, result, output } = await start(lower, name, sh('echo ready; exec sleep 60'));
      await eventually(() => output.stdout.includes('ready'), 'ready');
      await new Promise((resolve) => setTimeout(resolve, 30));
      running.kill('SIGTERM');
      const { code, signal } = await result();
      assert.deepEqual({ code, signal }, { code: 143, signal: 'SIGTERM' });
    });

    check('cancelling kills what ignores SIGTERM, and leaves no process, mount or folder', async (lower) => {
      const marker = `60.${name.length}${Math.floor(Math.random() * 1e9)}`;
      const controller = new AbortController();
      const { running, folder, output } = await start(
        lower,
        name,
        sh(`trap "" TERM; (setsid sleep ${marker} &); echo ready; sleep ${marker}`),
        {
          io: { signal: controller.signal },
          graceMs: 50,
        },
      );
      await eventually(() => output.stdout.includes('ready') && processesWith(marker).length > 0, 'ready');
      const [runFolder = ''] = (await readdir(folder)).filter((entry) => entry.startsWith('run-'));
      assert.notEqual(runFolder, '');
      controller.abort();
      await assert.rejects(running.exited, (error) => isLadingError(error, 'INTERRUPTED'));
      await eventually(() => processesWith(marker).length === 0, 'no process is left');
      assert.ok(!(await readFile('/proc/self/mountinfo', 'utf8')).includes(folder));
      assert.deepEqual(await readdir(folder), ['upper']);
      assert.ok(!cgroups().includes(runFolder));
    });

    check('background processes end with the process', async (lower) => {
      const marker = `61.${Math.floor(Math.random() * 1e9)}`;
      await run(lower, name, sh(`(setsid sleep ${marker} >/dev/null 2>&1 &); true`));
      await eventually(() => processesWith(marker).length === 0, 'no process is left');
    });

    check('two containers run at the same time over the same layers', async (lower) => {
      const results = await Promise.all(
        ['a', 'b', 'c'].map((text) => run(lower, name, sh(`echo ${text} >/file; sleep 0.05; cat /file`))),
      );
      assert.deepEqual(
        results.map((result) => result.stdout),
        ['a\n', 'b\n', 'c\n'],
      );
    });

    for (const when of ['while it runs', 'while it is being set up'] as const)
      check(`nothing survives when the process that started it is killed ${when}`, async (lower) => {
        const marker = `62.${Math.floor(Math.random() * 1e9)}`;
        const folder = await mkdtemp(join(base, 'scratch-'));
        await mkdir(join(folder, 'upper'));
        const program = `
        const { startContainer } = await import(${JSON.stringify(new URL('../internal/container.ts', import.meta.url).href)});
        const { findEngine } = await import(${JSON.stringify(new URL('./engines.ts', import.meta.url).href)});
        await startContainer({ engine: findEngine(${JSON.stringify(name)}), mapping: ${JSON.stringify(machine.mapping)}, layers: [${JSON.stringify(lower)}],
          upper: ${JSON.stringify(join(folder, 'upper'))}, parent: ${JSON.stringify(folder)}, process: { argv: ['/bin/sleep', '${marker}'], env: [], network: 'host' } });
        if (${when !== 'while it runs'}) process.kill(process.pid, 'SIGKILL');
        setInterval(() => {}, 1000);`;
        const { spawn } = await import('node:child_process');
        const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
        const gone = once(child, 'exit');
        if (when === 'while it runs') {
          // The marker stands in the program's own command line too.
          await eventually(() => processesWith(`/bin/sleep ${marker}`).length > 0, 'the process runs');
          child.kill('SIGKILL');
        }
        await gone;
        // The launcher has its working folder in the run folder from its first moment.
        await eventually(
          () => processesWith(marker).length === 0 && !workingFolders().includes(folder),
          'no process is left',
        );
        const [runFolder = ''] = (await readdir(folder)).filter((entry) => entry.startsWith('run-'));
        await eventually(() => !cgroups().includes(runFolder), 'no cgroup is left');
      });
  });
}

test('chooseEngine() goes on to an engine that can run as another user', () => {
  const process: ProcessSpec = { argv: ['true'], network: 'host', user: { uid: 1, gid: 1 } };
  assert.equal(chooseEngine(['bubblewrap', 'unshare'], process).name, 'unshare');
  assert.throws(
    () => chooseEngine(['bubblewrap'], process),
    (error) => isLadingError(error, 'RUNTIME_UNAVAILABLE') && /another user/.test(error.message),
  );
});

test('chooseEngine() gives bubblewrap a root with the additional groups of its image', () => {
  const user = { uid: 0, gid: 0, additionalGids: [0, 1, 2, 3, 4, 6, 10] };
  assert.equal(chooseEngine(['bubblewrap'], { argv: ['true'], network: 'host', user }).name, 'bubblewrap');
});

test('a container that cannot be set up fails with the complaint of the program that knows why', async (t) => {
  const lower = await rootFileSystem(t);
  if (lower === undefined) return;
  const upper = join(base, 'no-such-folder/upper');
  const parent = await mkdtemp(join(base, 'scratch-'));
  const engine = chooseEngine(machine.engines, { argv: ['true'], network: 'host' });
  const running = await startContainer({
    ...{ engine, mapping: machine.mapping ?? 'none', layers: [lower], upper, parent },
    process: { argv: ['true'], network: 'host' },
  });
  await assert.rejects(
    running.exited,
    (error) => isLadingError(error, 'RUNTIME_FAILED') && /mount/.test(error.message),
  );
  assert.ok(!existsSync(upper));
  assert.deepEqual(await readdir(parent), []);
});
