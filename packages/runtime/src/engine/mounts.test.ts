import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { isLongRun, skipUnless } from '@lading/testkit';
import { inspectMachine, type Machine } from '../machine.ts';
import type { ProcessSpec } from '../process.ts';
import type { Snapshot } from '../snapshot.ts';
import { openSnapshots, type Snapshots } from '../snapshots.ts';
import { alpineLayer } from '../testing/alpine-layer.ts';
import type { EngineName } from './engine.ts';
import { engines } from './engines.ts';

// What can be mounted in a container, through each engine, on Alpine 3.11 from the test vectors.

let machine: Machine;
let base: string;
let opened: Promise<readonly [Snapshots, Snapshot]> | undefined;

before(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'lading-mounts-')));
  machine = await inspectMachine({ folder: base, engine: '' });
});

after(async () => {
  if (opened !== undefined) await (await opened)[0].prune({ keep: () => false });
  await rm(base, { recursive: true, force: true });
});

async function alpine(t: TestContext): Promise<readonly [Snapshots, Snapshot] | undefined> {
  if (!skipUnless(t, machine.overlay && machine.mapping !== undefined, 'namespaces and overlay mounts'))
    return undefined;
  const tar = await alpineLayer(t);
  if (tar === undefined) return undefined;
  opened ??= (async () => {
    const snapshots = await openSnapshots(join(base, 'home'), { machine });
    const layer = { diffId: digestOf(tar), open: async () => fromBuffer(tar) };
    return [snapshots, await snapshots.ensure([layer])] as const;
  })();
  return await opened;
}

interface Ran {
  readonly code: number;
  readonly output: string;
  /** Of the layer that came of it. */
  readonly paths: readonly string[];
}

type Run = (script: string, process: Partial<ProcessSpec>, uses?: readonly Snapshot[]) => Promise<Ran>;

function contract(
  title: string,
  body: (run: Run, parts: { t: TestContext; snapshots: Snapshots; lower: Snapshot; name: EngineName }) => Promise<void>,
): void {
  for (const { name, needs } of engines) {
    test(`${name}: ${title}`, async (t) => {
      if (!skipUnless(t, machine.engines.includes(name), `the engine ${name} (${needs.join(', ')})`)) return;
      // Mounts are the launcher's: one engine shows them, and the plainest one that it is so without help.
      if (name !== machine.engines[0] && name !== 'unshare' && !isLongRun(t)) return;
      const found = await alpine(t);
      if (found === undefined) return;
      const [, lower] = found;
      // The same folder, with one engine.
      const snapshots = await openSnapshots(join(base, 'home'), { machine: { ...machine, engines: [name] } });
      const run: Run = async (script, process, uses) => {
        const scratch = await snapshots.begin(lower, { uses });
        let output = '';
        const take = (chunk: Uint8Array) => {
          output += Buffer.from(chunk).toString();
        };
        try {
          const { code } = await scratch.run({
            ...{ argv: ['/bin/sh', '-c', script], env: ['PATH=/usr/bin:/bin:/sbin'], network: 'host' },
            ...{ stdout: take, stderr: take },
            ...process,
          });
          const entries = await Array.fromAsync(scratch.changes({ epoch: 1 }), ({ path }) => path);
          return { code, output, paths: entries };
        } finally {
          await scratch.discard();
        }
      };
      await body(run, { t, snapshots, lower, name });
    });
  }
}

async function filesSnapshot(snapshots: Snapshots, files: Readonly<Record<string, string>>): Promise<Snapshot> {
  const folder = await mkdtemp(join(base, 'files-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    if (text.startsWith('-> ')) await symlink(text.slice(3), join(folder, path));
    else await writeFile(join(folder, path), text);
  }
  const tar = execFileSync('tar', ['-c', '--owner=0', '--group=0', '-C', folder, '.']);
  return snapshots.ensureFiles(digestOf(tar), async () => fromBuffer(tar));
}

contract(
  'a snapshot is mounted whole or in part; what is written there is gone, and nothing of it is in the layer',
  async (run, { snapshots }) => {
    const snapshot = await filesSnapshot(snapshots, {
      'src/a': 'A\n',
      'src/deep/b': 'B\n',
      up: '-> src/deep',
      out: '-> ../../../src',
    });
    const { output, paths, code } = await run(
      'cat /in/a /deep/b /b /out/a; echo x 2>/dev/null >/in/x || echo read-only; echo y >/rw/y && cat /rw/y /rw/src/a; echo own >/own',
      {
        mounts: [
          { kind: 'snapshot', snapshot, source: 'src', target: '/in', readOnly: true },
          { kind: 'snapshot', snapshot, source: '/up', target: '/deep', readOnly: true },
          { kind: 'snapshot', snapshot, source: '/src/deep/b', target: '/b', readOnly: true },
          { kind: 'snapshot', snapshot, source: '/out', target: '/out', readOnly: true },
          { kind: 'snapshot', snapshot, target: '/rw' },
        ],
      },
      [snapshot],
    );
    assert.equal(output, 'A\nB\nB\nA\nread-only\ny\nA\n');
    assert.equal(code, 0);
    assert.deepEqual(paths, ['own']);
    assert.ok(!(await readdir(snapshot.folder)).includes('y'));
    await assert.rejects(
      run('true', { mounts: [{ kind: 'snapshot', snapshot, source: 'none', target: '/in' }] }, [snapshot]),
      (error) => isLadingError(error, 'FILE_NOT_FOUND'),
    );
  },
);

contract('mounts lie inside each other, whatever their order', async (run, { snapshots }) => {
  const snapshot = await filesSnapshot(snapshots, { 'src/a': 'A\n', 'src/link': '-> ../../../../../../tmp' });
  const cache = await mkdtemp(join(base, 'cache-'));
  const { output, code } = await run(
    'cat /w/a /w/cache/secret /t/deep/a /t/file; echo z >/w/cache/z; ls /w/link; stat -c %a /w/cache/secret',
    {
      mounts: [
        { kind: 'file', content: Buffer.from('S\n'), mode: 0o400, target: '/w/cache/secret' },
        { source: cache, target: '/w/cache' },
        { kind: 'snapshot', snapshot, source: 'src', target: '/w', readOnly: true },
        { kind: 'file', content: Buffer.from('F\n'), mode: 0o400, target: '/t/file' },
        { kind: 'snapshot', snapshot, source: 'src', target: '/t/deep', readOnly: true },
        { kind: 'tmpfs', target: '/t' },
      ],
    },
    [snapshot],
  ).catch((error: unknown) => ({ output: String(error), code: -1 }));
  assert.match(output, /Cannot mount at \/w\/cache\/secret, inside the mount at \/w\/cache: there is no such file/);
  assert.equal(code, -1);

  await writeFile(join(cache, 'secret'), '');
  const again = await run('cat /w/a /w/cache/secret /t/deep/a /t/file; echo z >/w/cache/z', {
    mounts: [
      { kind: 'file', content: Buffer.from('S\n'), mode: 0o400, target: '/w/cache/secret' },
      { source: cache, target: '/w/cache' },
      { kind: 'snapshot', snapshot, source: 'src', target: '/w', readOnly: true },
      { kind: 'file', content: Buffer.from('F\n'), mode: 0o400, target: '/t/file' },
      { kind: 'snapshot', snapshot, source: 'src', target: '/t/deep', readOnly: true },
      { kind: 'tmpfs', target: '/t' },
    ],
  });
  assert.equal(again.output, 'A\nS\nA\nF\n');
  assert.deepEqual(again.paths, []);
  assert.equal(await readFile(join(cache, 'z'), 'utf8'), 'z\n');
  assert.equal(await readFile(join(cache, 'secret'), 'utf8'), '');
  await assert.rejects(
    run('true', {
      mounts: [
        { kind: 'snapshot', snapshot, source: 'src', target: '/w' },
        { kind: 'tmpfs', target: '/w/link/x' },
      ],
    }),
    /a symlink of the mount at \/w is in the way/,
  );
});

contract('files in memory have their mode and owner, and are of no name on this machine', async (run, { t }) => {
  const content = Buffer.from(`top secret ${'x'.repeat(200_000)}`);
  const root = await run(
    'wc -c </run/secrets/s; stat -c "%a %u:%g" /run/secrets/s /dev/pipes/go; /dev/pipes/go; echo no >/run/secrets/s',
    {
      mounts: [
        { kind: 'file', content, mode: 0o400, target: '/run/secrets/s' },
        { kind: 'file', content: Buffer.from('#!/bin/sh\necho script\n'), mode: 0o755, target: '/dev/pipes/go' },
        { kind: 'file', content: Buffer.alloc(0), mode: 0o400, target: '/run/secrets/empty' },
      ],
    },
  );
  // Two streams, of which either may come first.
  assert.match(root.output, /^200011\n400 0:0\n755 0:0\nscript\n/m);
  assert.match(root.output, /Read-only file system/);
  assert.deepEqual(root.paths, []);
  if (machine.mapping === 'single') return t.diagnostic('ids other than root need subordinate ids');
  const owned = await run('stat -c "%a %u:%g" /s', {
    mounts: [{ kind: 'file', content, mode: 0o440, uid: 12, gid: 34, target: '/s' }],
  });
  assert.equal(owned.output, '440 12:34\n');
});

contract(
  'secret variables reach the process and stand in no file and no argument on this machine',
  async (run, { name }) => {
    const value = `it's "$x"\nof ${name}\n\n`;
    const marker = `hidden-${name}-${process.pid}`;
    const seen: string[] = [];
    const { output, code } = await run(
      'printf %s "$TOKEN"; echo; echo waiting; sleep 0.3; echo "$OTHER"; env | grep -c "^PWD="',
      {
        secretEnv: { TOKEN: new Secret(value), OTHER: new Secret(marker) },
        stdout: (chunk) => {
          seen.push(Buffer.from(chunk).toString());
          if (seen.length > 1) return;
          // While it runs: what every user can see, and what lies in the folders of the run.
          seen.push(
            execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; true'], {
              encoding: 'utf8',
              maxBuffer: 1 << 24,
            }),
          );
          seen.push(
            execFileSync('sh', ['-c', `grep -rlF '${marker}' '${base}' 2>/dev/null; true`], { encoding: 'utf8' }),
          );
        },
      },
    );
    assert.equal(code, 0, output);
    const [, processes = '', files = '', ...rest] = seen;
    assert.ok(!processes.replace(/grep -rlF \S+/g, '').includes(marker));
    assert.equal(files, '');
    const text = (seen[0] ?? '') + rest.join('');
    assert.ok(text.startsWith(value), text);
    assert.ok(text.includes(`\n${marker}\n`), text);
  },
);

contract('a socket is joined with what the caller opens, for the user that it is meant for', async (run, { t }) => {
  const path = join(base, `echo-${process.pid}-${Math.random()}`);
  const server = createServer((socket) => socket.on('error', () => {}).end('hello\n')).listen(path);
  t.after(() => server.close());
  const { output, paths } = await run('stat -c "%F %a" /run/agent; nc local:/run/agent </dev/null', {
    mounts: [{ kind: 'socket', connect: () => createConnection(path), mode: 0o600, target: '/run/agent' }],
  });
  assert.match(output, /^socket 600\nhello\n/);
  assert.deepEqual(paths, []);
});

contract('a tmpfs has its size, and /dev/shm too', async (run) => {
  const { output, paths } = await run(
    'df -k /big /dev/shm | tail -n +2 | while read -r a size rest; do echo $size; done; stat -c %a /big; touch /big/x',
    {
      mounts: [{ kind: 'tmpfs', target: '/big', sizeBytes: 8 << 20 }],
      limits: { shmBytes: 1 << 20 },
    },
  );
  assert.equal(output, '8192\n1024\n1777\n');
  assert.deepEqual(paths, []);
});

contract('names of other machines stand in /etc/hosts', async (run) => {
  const { output } = await run('cat /etc/hosts', {
    extraHosts: [
      { name: 'db.example.org', address: '192.0.2.7' },
      { name: 'host.example.org', address: 'host-gateway' },
    ],
  });
  assert.match(output, /^192\.0\.2\.7\tdb\.example\.org\n127\.0\.0\.1\thost\.example\.org$/m);
});

contract('limits hold: open files, and memory and processors where there are cgroups', async (run) => {
  const notices: string[] = [];
  const { output, code } = await run(
    'ulimit -n; cat /proc/self/cgroup; x=$(head -c 60000000 /dev/zero | tr "\\0" x); echo unreached',
    {
      limits: { memoryBytes: 24 << 20, cpus: 1.5, ulimits: [{ name: 'nofile', soft: 100, hard: 200 }] },
      notice: (text) => notices.push(text),
    },
  );
  assert.match(output, /^100\n/);
  const kept = !notices.some((text) => /memory is not kept/.test(text));
  assert.equal(output.includes('unreached'), !kept);
  assert.equal(code === 0, !kept);
  const [own] = /lading-run-\w+/.exec(output) ?? [];
  const left = execFileSync('sh', ['-c', `find /sys/fs/cgroup -name ${own ?? 'none'} 2>/dev/null; true`], {
    encoding: 'utf8',
  });
  assert.equal(left, '');
  if (own !== undefined) assert.deepEqual(notices, []);
});

contract('a privileged process has every capability and an open /proc', async (run, { name }) => {
  const { output } = await run(
    'grep CapEff /proc/self/status; mount -t tmpfs none /mnt && echo mounted; test -w /proc/sys/vm/swappiness && echo open',
    {
      privileged: true,
    },
  );
  assert.match(output, /mounted\n/);
  if (machine.mapping === 'none' && name !== 'bubblewrap') assert.match(output, /open/);
});

contract('changes that are forgotten are in no layer', async (_run, { snapshots, lower }) => {
  const scratch = await snapshots.begin(lower);
  try {
    const script =
      'mkdir -p /var/log/apt /a/b/__pycache__ && touch /var/log/apt/x /var/log/keep /a/b/__pycache__/y /a/z && echo new >/etc/motd && rm /etc/issue';
    assert.equal((await scratch.run({ argv: ['/bin/sh', '-c', script], network: 'none', env: ['PATH=/bin'] })).code, 0);
    await scratch.forget(['var/log/apt/*', '**/__pycache__', 'etc/motd', 'etc/issue']);
    const paths = await Array.fromAsync(scratch.changes({ epoch: 1 }), ({ path }) => path);
    assert.deepEqual(paths, [
      'a',
      'a/b',
      'a/z',
      'etc',
      'etc/.wh.issue',
      'var',
      'var/log',
      'var/log/apt',
      'var/log/keep',
    ]);
  } finally {
    await scratch.discard();
  }
});

contract('a device that is mounted can be used', async (run, { t }) => {
  const source = '/dev/net/tun';
  if (machine.mapping !== 'none' || !existsSync(source)) return t.diagnostic('no device of this machine to give');
  const { output } = await run(': </dev/given && echo opened', { mounts: [{ source, target: '/dev/given' }] });
  assert.equal(output, 'opened\n');
});
