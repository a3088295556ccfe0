import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Bytes, collect, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Digest, digestOf, parseDigest } from '@lading/oci';
import { readTar, type TarEntryInput, writeTar } from '@lading/tar';
import { isLongRun, skipUnless, temporaryFolder } from '@lading/testkit';
import { removeAsRoot } from './internal/as-mapped-root.ts';
import { inspectMachine } from './machine.ts';
import type { ProcessSpec } from './process.ts';
import type { Scratch } from './scratch.ts';
import { listSnapshots } from './snapshot-info.ts';
import { type LayerSource, openSnapshots, type Snapshots } from './snapshots.ts';
import { alpineLayer } from './testing/alpine-layer.ts';

const epoch = 1_700_000_000;

async function layerOf(entries: readonly TarEntryInput[]): Promise<Buffer> {
  return await collect(writeTar(entries), { maxBytes: 64 << 20, what: 'a layer' });
}

const plain = { uid: 0, gid: 0, size: 0, mtime: 1_600_000_000 };
const directory = (path: string, mode = 0o755): TarEntryInput => ({ ...plain, path, type: 'directory', mode });
const file = (path: string, text: string, mode = 0o644): TarEntryInput => ({
  ...{ ...plain, path, type: 'file', mode, size: Buffer.byteLength(text) },
  content: fromBuffer(text),
});

function source(tar: Buffer, opened: () => void = () => undefined): LayerSource {
  return {
    diffId: digestOf(tar),
    open: async () => {
      opened();
      return fromBuffer(tar);
    },
  };
}

/** Snapshots in a new folder, or undefined after skipping the test. */
async function open(t: TestContext): Promise<Snapshots | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'lading-snapshots-'));
  const machine = await inspectMachine({ folder });
  // What belongs to subordinate ids can be removed inside the user namespace only.
  t.after(async () => {
    await removeAsRoot(folder, machine.mapping ?? 'none');
    await rm(folder, { recursive: true, force: true });
  });
  const able = machine.mapping !== undefined && machine.overlay && machine.engines.length > 0;
  const reasons = machine.problems.map((problem) => problem.why).join('; ');
  return skipUnless(t, able, `containers: ${reasons}`) ? await openSnapshots(folder, { machine }) : undefined;
}

async function withAlpine(t: TestContext): Promise<{ snapshots: Snapshots; base: LayerSource } | undefined> {
  const tar = await alpineLayer(t);
  if (tar === undefined) return undefined;
  const snapshots = await open(t);
  return snapshots && { snapshots, base: source(tar) };
}

async function run(
  scratch: Scratch,
  script: string,
  options: Partial<ProcessSpec> = {},
): Promise<{ code: number; text: string }> {
  let text = '';
  const sink = (chunk: Uint8Array) => {
    text += Buffer.from(chunk).toString();
  };
  const env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
  const argv = ['/bin/sh', '-c', script];
  const { code } = await scratch.run({ argv, env, network: 'none', stdout: sink, stderr: sink, ...options });
  return { code, text };
}

async function tarOf(scratch: Scratch): Promise<Buffer> {
  return await collect(writeTar(scratch.changes({ epoch })), { maxBytes: 64 << 20, what: 'changes' });
}

async function pathsOf(tar: Buffer): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of readTar(fromBuffer(tar))) paths.push(entry.path);
  return paths;
}

test('nobody else of this machine reaches the setuid programs of an image', async (t) => {
  const snapshots = await open(t);
  if (snapshots === undefined) return;
  const { folder } = await snapshots.ensure([source(await layerOf([file('su', '', 0o4755)]))]);
  assert.equal((await lstat(join(folder, 'su'))).mode & 0o7777, 0o4755);
  assert.equal((await lstat(snapshots.folder)).mode & 0o077, 0);
});

test('ensure() unpacks each layer once, also when asked at the same time', async (t) => {
  const snapshots = await open(t);
  if (snapshots === undefined) return;
  let opened = 0;
  const count = () => {
    opened += 1;
  };
  const layers = [source(await layerOf([file('a', '1')]), count), source(await layerOf([file('b', '2')]), count)];
  const [first, second] = await Promise.all([snapshots.ensure(layers), snapshots.ensure(layers)]);
  assert.equal(opened, 2);
  assert.deepEqual(first, second);
  assert.equal(first.parent?.chainId, layers[0]?.diffId);
  assert.equal(await readFile(join(first.folder, 'b'), 'utf8'), '2');
  assert.deepEqual(await snapshots.find(first.chainId), first);
  await snapshots.ensure(layers);
  assert.equal(opened, 2);
  const again = await openSnapshots(join(snapshots.folder, '..'), { machine: snapshots.machine });
  assert.deepEqual(await again.find(first.chainId), first);
});

test('ensure() leaves nothing behind when a layer is not what its diffId says, or is no tar', async (t) => {
  const snapshots = await open(t);
  if (snapshots === undefined) return;
  const good = source(await layerOf([file('a', '1')]));
  const wrong = { ...source(await layerOf([file('b', '2')])), diffId: digestOf('something else') };
  await assert.rejects(snapshots.ensure([good, wrong]), (error) => isLadingError(error, 'DIGEST_MISMATCH'));
  const damaged = (await layerOf([file('c', '3')])).fill(0x41, 0, 300);
  await assert.rejects(snapshots.ensure([source(damaged)]), (error) => isLadingError(error, 'TAR_INVALID'));
  const broken: LayerSource = {
    diffId: digestOf('x'),
    open: async () =>
      (async function* (): Bytes & AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(512);
        throw new Error('the source broke');
      })(),
  };
  await assert.rejects(snapshots.ensure([broken]), /the source broke/);
  await assert.rejects(snapshots.ensure([]), (error) => isLadingError(error, 'USAGE'));
  assert.deepEqual(await readdir(join(snapshots.folder, 'scratch')), []);
});

test('ensure() and begin() stop when they are cancelled', async (t) => {
  const snapshots = await open(t);
  if (snapshots === undefined) return;
  const io = { signal: AbortSignal.abort() };
  const layers = [source(await layerOf([file('a', '1')]))];
  await assert.rejects(snapshots.ensure(layers, io), (error) => isLadingError(error, 'INTERRUPTED'));
  await assert.rejects(snapshots.begin(undefined, io), (error) => isLadingError(error, 'INTERRUPTED'));
  assert.deepEqual(await readdir(join(snapshots.folder, 'scratch')), []);
});

test('a scratch over nothing gives the entries that a process made, and a failed process is data', async (t) => {
  const set = await withAlpine(t);
  if (set === undefined) return;
  const scratch = await set.snapshots.begin(await set.snapshots.ensure([set.base]));
  assert.deepEqual(await run(scratch, 'echo out; echo err >&2; exit 3'), { code: 3, text: 'out\nerr\n' });
  assert.deepEqual(await pathsOf(await tarOf(scratch)), []);
  assert.equal(
    (await run(scratch, 'mkdir -p /srv/a && echo 1 >/srv/a/one && rm /etc/motd && rm -r /etc/apk && mkdir /etc/apk'))
      .code,
    0,
  );
  assert.equal((await run(scratch, 'cat /srv/a/one')).text, '1\n');
  assert.deepEqual(await pathsOf(await tarOf(scratch)), [
    ...['etc', 'etc/.wh.motd', 'etc/apk', 'etc/apk/.wh..wh..opq', 'srv', 'srv/a', 'srv/a/one'],
  ]);
  await scratch.discard();
  await scratch.discard();
  await assert.rejects(run(scratch, 'true'), (error) => isLadingError(error, 'USAGE'));
  assert.deepEqual(await readdir(join(set.snapshots.folder, 'scratch')), []);
});

test('equal steps give equal bytes', async (t) => {
  const set = await withAlpine(t);
  if (set === undefined) return;
  const parent = await set.snapshots.ensure([set.base]);
  const digests = new Set<Digest>();
  for (let round = 0; round < 2; round++) {
    const scratch = await set.snapshots.begin(parent);
    await run(
      scratch,
      'for i in 3 1 2; do echo $i >/srv/$i; done; ln -s x /srv/link; ln /srv/1 /srv/hard; chmod 2750 /srv; sleep 0.01',
    );
    digests.add(digestOf(await tarOf(scratch)));
    await scratch.discard();
  }
  assert.equal(digests.size, 1);
});

test('a kept scratch is the same to the next step as the unpacked layer', async (t) => {
  const set = await withAlpine(t);
  const other = set && (await open(t));
  if (set === undefined || other === undefined) return;
  const { snapshots, base } = set;
  const scratch = await snapshots.begin(await snapshots.ensure([base]));
  const script = [
    'mkdir -p /srv/deep/er && echo 1 >/srv/deep/er/file && ln /srv/deep/er/file /srv/hard && ln -s nowhere /srv/link',
    'mkfifo /srv/fifo && chmod 4755 /srv/deep/er/file && echo x >>/etc/passwd',
    'rm /etc/motd && rm -r /etc/apk && mkdir /etc/apk && touch -d "2001-02-03 04:05:06" /srv/old',
  ].join('\n');
  const result = await run(scratch, script);
  assert.equal(result.code, 0, result.text);
  const tar = await tarOf(scratch);
  const kept = await scratch.keep(digestOf(tar));
  const unpacked = await other.ensure([base, source(tar)]);
  assert.equal(kept.chainId, unpacked.chainId);
  assert.deepEqual(await snapshots.find(kept.chainId), kept);
  assert.deepEqual(await treeOf(kept.folder), await treeOf(unpacked.folder));

  const look = 'find / -xdev ! -path / -exec stat -c "%n %a %u %g %s %Y %h %F" {} + | sort; cat /srv/hard; ls /etc/apk';
  const views = await Promise.all(
    [[snapshots, kept] as const, [other, unpacked] as const].map(async ([place, parent]) => {
      const next = await place.begin(parent);
      const { code, text } = await run(next, look);
      assert.equal(code, 0, text);
      await next.discard();
      return text.split('\n').filter((line) => !/^\/(?:proc|sys|dev|etc\/(?:hosts|hostname|resolv\.conf)) /.test(line));
    }),
  );
  assert.deepEqual(views[0], views[1]);
  assert.deepEqual(await readdir(join(snapshots.folder, 'scratch')), []);
});

async function treeOf(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    const stats = await lstat(path, { bigint: true });
    const content = stats.isSymbolicLink() ? await readlink(path) : stats.isFile() ? await readFile(path, 'hex') : '';
    const size = stats.isDirectory() ? 0n : stats.size;
    const links = stats.isCharacterDevice() || stats.isDirectory() ? 0n : stats.nlink;
    const time = stats.isCharacterDevice() ? 0n : stats.mtimeNs;
    const mode = stats.isCharacterDevice() ? 'device' : stats.mode.toString(8);
    lines.push([name, mode, stats.uid, stats.gid, size, links, time, stats.rdev, content].join(' '));
  }
  return lines;
}

test('what root made for another user keeps its owner, where there are subordinate ids', async (t) => {
  const set = await withAlpine(t);
  if (set === undefined) return;
  const { snapshots, base } = set;
  const scratch = await snapshots.begin(await snapshots.ensure([base]));
  const { code, text } = await run(
    scratch,
    'mkdir -m 700 /home/app && echo s >/home/app/secret && chown -R 1000:1001 /home/app',
  );
  if (snapshots.machine.mapping === 'single') {
    assert.notEqual(code, 0);
    assert.match(text, /Invalid argument/);
    const other = scratch.run({ argv: ['true'], network: 'host', user: { uid: 1000, gid: 1000 } });
    await assert.rejects(other, (error) => isLadingError(error, 'RUNTIME_UNAVAILABLE'));
  } else {
    const tar = await tarOf(scratch);
    for await (const entry of readTar(fromBuffer(tar))) {
      if (entry.path.startsWith('home/app')) assert.deepEqual([entry.uid, entry.gid], [1000, 1001]);
    }
    const next = await snapshots.begin(await scratch.keep(digestOf(tar)));
    const user = { uid: 1000, gid: 1001 };
    assert.deepEqual(await run(next, 'cat /home/app/secret', { user }), { code: 0, text: 's\n' });
    assert.notEqual((await run(next, 'cat /home/app/secret', { user: { uid: 1002, gid: 0 } })).code, 0);
    await next.discard();
  }
  await scratch.discard();
});

test('deep stacks of layers mount', async (t) => {
  const set = await withAlpine(t);
  if (set === undefined) return;
  const layers = [set.base];
  // Each layer takes a child process without root; the length of the mount options is the same.
  const count = set.snapshots.machine.root ? 126 : 10;
  for (let index = 0; index < count; index++)
    layers.push(source(await layerOf([directory('n'), file(`n/${index}`, `${index}`)])));
  const scratch = await set.snapshots.begin(await set.snapshots.ensure(layers));
  assert.deepEqual(await run(scratch, 'ls /n | wc -l; cat /n/0 /n/9'), { code: 0, text: `${count}\n09` });
  await scratch.discard();
});

test('remove() and prune() spare what is in use', async (t) => {
  const snapshots = await open(t);
  if (snapshots === undefined) return;
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async (name) => source(await layerOf([file(name, name)]))));
  assert.ok(a && b && c);
  const lower = await snapshots.ensure([a]);
  const upper = await snapshots.ensure([a, b]);
  const lone = await snapshots.ensure([c]);
  const listed = await listSnapshots(join(snapshots.folder, '..'));
  assert.deepEqual(
    listed.map(({ chainId, diffId, parent }) => [chainId, diffId, parent]).sort(),
    [
      [lower.chainId, a.diffId, undefined],
      [upper.chainId, b.diffId, lower.chainId],
      [lone.chainId, c.diffId, undefined],
    ].sort(),
  );
  assert.ok(
    listed.every(({ size }) => size !== undefined && size >= 1024),
    'about the bytes of the layer',
  );
  await assert.rejects(snapshots.remove(lower.chainId), (error) => isLadingError(error, 'RUNTIME_FAILED'));
  const scratch = await snapshots.begin(upper);
  await assert.rejects(snapshots.remove(upper.chainId), /in use/);
  // A leftover: a scratch folder whose owner is no more.
  const leftover = join(snapshots.folder, 'scratch/s-dead');
  await mkdir(leftover);
  await writeFile(join(leftover, 'owner.json'), JSON.stringify({ pid: 1, startedAt: '-1', bootId: '', uses: [] }));
  assert.deepEqual(await snapshots.prune({ keep: () => false }), { snapshots: [lone.chainId], scratches: 1 });
  assert.deepEqual(await readdir(join(snapshots.folder, 'snapshots')).then((names) => names.length), 2);
  await scratch.discard();
  assert.equal(await snapshots.remove(upper.chainId), true);
  assert.equal(await snapshots.remove(upper.chainId), false);
  assert.deepEqual(await snapshots.prune(), { snapshots: [], scratches: 0 });
  assert.equal(await snapshots.find(parseDigest(upper.chainId)), undefined);
});

test('a scratch runs one process at a time', async (t) => {
  const set = await withAlpine(t);
  if (set === undefined) return;
  const scratch = await set.snapshots.begin(await set.snapshots.ensure([set.base]));
  const spec: ProcessSpec = { argv: ['/bin/sleep', '60'], network: 'host' };
  const running = await scratch.start(spec);
  await assert.rejects(scratch.start(spec), (error) => isLadingError(error, 'USAGE'));
  assert.throws(
    () => scratch.changes({ epoch }),
    (error) => isLadingError(error, 'USAGE'),
  );
  running.kill('SIGKILL');
  assert.deepEqual(await running.exited, { code: 137, signal: 'SIGKILL' });
  running.kill('SIGTERM');
  await scratch.discard();
});

test('all of this works without root', { timeout: 60_000 }, async (t) => {
  // As root: once more as a user without privileges or subordinate ids, or as the one that LADING_TEST_USER names.
  if (process.getuid?.() !== 0) return t.skip('this whole run is without root');
  if (!isLongRun(t)) return;
  const user = process.env.LADING_TEST_USER;
  const ids =
    user === undefined
      ? ['--reuid=65534', '--regid=65534', '--clear-groups']
      : [`--reuid=${user}`, `--regid=${user}`, '--init-groups'];
  const folder = await temporaryFolder(t);
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const settings = {
    env: { ...env, TMPDIR: folder, HOME: folder, CI: '', NODE_COMPILE_CACHE: join(folder, 'cache') },
    cwd: '/',
    encoding: 'utf8',
  } as const;
  execFileSync('chmod', ['777', folder]);
  const allowed = (args: readonly string[]) => {
    try {
      return execFileSync('setpriv', [...ids, ...args], { ...settings, stdio: ['ignore', 'pipe', 'ignore'] });
    } catch (error) {
      return (error as { stdout?: string }).stdout ?? '';
    }
  };
  const readable =
    allowed([process.execPath, '-p', `fs.existsSync(${JSON.stringify(import.meta.filename)}) && 'yes'`]).trim() ===
    'yes';
  // Where a checkout lies is nobody's fault, also in CI.
  if (!readable) return t.skip('other users cannot read this checkout');
  const able = allowed(['unshare', '--user', '--map-root-user', 'echo', 'yes']).trim() === 'yes';
  if (!skipUnless(t, able, 'user namespaces')) return;
  const report = allowed([process.execPath, '--test', '--test-reporter=tap', import.meta.filename]);
  assert.match(report, /^# fail 0$/m, report);
  assert.match(report, /^# pass [1-9]/m, report);
  await rm(folder, { recursive: true, force: true });
});
