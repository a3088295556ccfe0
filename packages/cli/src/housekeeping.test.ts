import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hexOf, parseDigest } from '@lading/oci';
import { isLongRun, smallDisk } from '@lading/testkit';
import { openSandbox, type Sandbox, type Served, startServe } from './testing/lading.ts';
import { type SampleLayout, writeSampleLayout } from './testing/sample-layout.ts';

// Nothing is too young, and nothing else runs.
const now = ['--undo-window', '0', '--grace', '0'];

interface Amount {
  readonly count: number;
  readonly size: number;
}
interface Removed {
  readonly removed: Readonly<Record<'manifests' | 'layers' | 'cache' | 'snapshots' | 'partial', Amount>>;
  readonly size: number;
  readonly more: { readonly undo: number };
}
interface Usage {
  readonly images: readonly {
    readonly names: string[];
    readonly digest: string;
    readonly size: number;
    readonly uniqueSize: number;
    readonly sharedSize: number;
  }[];
  readonly totals: Readonly<Record<'images' | 'undo' | 'cache' | 'nothing' | 'partial' | 'snapshots', Amount>>;
  readonly disk: { readonly isAboveHigh: boolean };
}

const cleanups: (() => Promise<void>)[] = [];
let origin: Sandbox;
let sample: SampleLayout;
let server: Served;
let layout: string;

before(async () => {
  const t = { after: (done: () => Promise<void>) => void cleanups.push(done) };
  origin = await openSandbox(t);
  layout = join(origin.folder, 'layout');
  sample = await writeSampleLayout(layout);
  server = await startServe(t, origin);
  await origin.out('copy', `oci:${layout}:all`, `${server.host}/team/app:1`);
});

after(async () => {
  for (const done of cleanups.reverse()) await done();
});

async function blobsOf(sandbox: Sandbox): Promise<string[]> {
  return readdir(join(sandbox.folder, 'home/content/blobs/sha256')).catch(() => []);
}

test('df tells what each image has alone and shares; rm removes names only, undo brings them back, gc frees', async (t) => {
  const sandbox = await openSandbox(t);
  await sandbox.out('copy', `oci:${layout}:all`, 'local:app:all');
  await sandbox.out('copy', `oci:${layout}:amd64`, 'local:app:one');
  await sandbox.out('tag', 'app:one', 'same');
  const before = (await sandbox.json('df')) as Usage;
  const [all, one] = before.images;
  assert.deepEqual([all?.names, one?.names], [['app:all'], ['app:one', 'same:latest']]);
  assert.equal(one?.uniqueSize, 0, 'the index has all of it too');
  assert.equal(all?.sharedSize, one?.size);
  assert.equal(all?.size, before.totals.images.size);
  assert.match(await sandbox.out('df'), /^app:all +sha256:\w{12} +\d+ kB +2\.0 kB +\d+ kB +░+$/m);

  assert.equal(await sandbox.out('rm', 'app:all'), 'app:all');
  assert.deepEqual(((await sandbox.json('ls')) as { images: unknown[] }).images.length, 2);
  const kept = (await sandbox.json('gc', '--grace', '0')) as Removed;
  assert.equal(kept.size, 0, 'it can still be undone');
  assert.equal(kept.more.undo, all?.uniqueSize);
  const { moves } = (await sandbox.json('undo')) as { moves: { name: string; previous: string; digest?: string }[] };
  assert.deepEqual([moves[0]?.name, moves[0]?.previous, moves[0]?.digest], ['app:all', sample.index, undefined]);
  assert.equal(await sandbox.out('undo', 'app:all'), `docker.io/library/app@${sample.index}`);
  assert.deepEqual(((await sandbox.json('df')) as Usage).images, before.images);

  await sandbox.out('rm', 'app:all');
  const planned = (await sandbox.json('gc', '--dry-run', ...now)) as Removed;
  const blobs = await blobsOf(sandbox);
  const removed = (await sandbox.json('gc', ...now)) as Removed;
  assert.deepEqual(removed.removed, planned.removed);
  assert.deepEqual([removed.removed.manifests.count, removed.removed.layers.count], [2, 2]);
  assert.equal(removed.size, all?.uniqueSize);
  assert.equal((await blobsOf(sandbox)).length, blobs.length - 4);
  await sandbox.out('save', 'app:one', '-o', 'whole.tar');
  const late = await sandbox.run(['undo', 'app:all']);
  assert.equal(late.code, 5);
  assert.match(late.stderr, /Cannot bring app:all back: sha256:\w+ has been collected/);
});

test('rm refuses what is not there or has moved, and then removes nothing', async (t) => {
  const sandbox = await openSandbox(t);
  await sandbox.out('copy', `oci:${layout}:amd64`, 'local:app:1');
  const cases = [
    [['rm', 'app:1', 'other'], 5, /Cannot remove other: it is not on this machine/],
    [['rm', 'app'], 5, /Its repository has 1; --all-tags/],
    [['rm', `app:1@${sample.index}`], 1, /it points to sha256:/],
    [['rm', `app@${sample.image}`], 5, /It is here as app:1/],
    [['rm', '--all-tags', 'app:1'], 2, /it names one image/],
    [['rm', '--all-tags', 'nothing'], 5, /not on this machine/],
    [['undo', 'app:1'], 5, /it was new/],
    [['undo', 'never'], 5, /it was never here/],
    [['gc', '--undo-window', 'soon'], 2, /not a duration such as/],
    [['gc', '--force'], 2, /without --if-needed/],
  ] as const;
  const outcomes = await Promise.all(cases.map(([args]) => sandbox.run(args)));
  for (const [index, [args, code, text]] of cases.entries()) {
    assert.equal(outcomes[index]?.code, code, `${args.join(' ')}: ${outcomes[index]?.stderr}`);
    assert.match(outcomes[index]?.stderr ?? '', text);
  }
  assert.equal(await sandbox.out('rm', `app:1@${sample.image}`), 'app:1');
});

test('what was pulled by digest is listed without a tag and stays until it is removed by digest', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  const name = `${server.host}/team/app@${sample.index}`;
  await sandbox.out('pull', name);
  assert.match(await sandbox.out('ls'), /team\/app +- +sha256:/);
  assert.equal(((await sandbox.json('gc', ...now)) as Removed).size, 0);
  assert.equal(await sandbox.out('rm', name), name);
  assert.equal(await sandbox.out('undo', name), name);
  await sandbox.out('rm', name);
  assert.ok(((await sandbox.json('gc', ...now)) as Removed).size > 0);
  assert.deepEqual(await blobsOf(sandbox), []);
});

test('a tag that a pull moved can be moved back and forth', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  await sandbox.out('copy', `oci:${layout}:amd64`, 'local:app:latest');
  await sandbox.out('copy', `oci:${layout}:all`, 'local:app:latest');
  const place = 'docker.io/library/app@';
  assert.equal(await sandbox.out('undo', 'app'), place + sample.image);
  assert.equal(await sandbox.out('undo', 'app'), place + sample.index);
});

test('build cache is kept by its limits, the least recently used first, and gc --all takes it whole', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  await writeFile(join(sandbox.folder, 'a'), 'a'.repeat(1000));
  await writeFile(join(sandbox.folder, 'Dockerfile'), 'FROM scratch\nCOPY a /a\n');
  await sandbox.out('build', '-t', 'app', '--provenance=false', '.');
  await sandbox.out('rm', 'app');
  const first = (await sandbox.json('gc', ...now)) as Removed;
  assert.deepEqual([first.removed.manifests.count, first.removed.layers.count, first.removed.cache.count], [1, 1, 0]);
  const { totals } = (await sandbox.json('df', ...now.slice(0, 2))) as Usage;
  assert.equal(totals.cache.count, 3, 'the outcome, its layer, and what its key was made of');
  const again = (await sandbox.json('build', '-t', 'app', '--provenance=false', '.')) as {
    steps: { cached: boolean }[];
  };
  assert.ok(again.steps.every(({ cached }) => cached));

  await sandbox.out('rm', 'app');
  const all = (await sandbox.json('gc', '--all', ...now)) as Removed;
  assert.equal(all.removed.cache.count, 2);
  assert.deepEqual(await blobsOf(sandbox), []);
});

test('gc --if-needed does nothing below the high mark, and above it all but what can be undone, unless forced', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  await sandbox.out('copy', `oci:${layout}:amd64`, 'local:app:latest');
  await sandbox.out('rm', 'app');
  const collect = async (marks: NodeJS.ProcessEnv, ...args: string[]) => {
    const { stdout, stderr } = await sandbox.run(['gc', '--if-needed', '--grace', '0', '--json', ...args], {
      env: marks,
    });
    assert.equal(stderr, '');
    return JSON.parse(stdout) as Removed & { needed: boolean; reached: boolean };
  };
  const full = { LADING_DISK_HIGH: '0%', LADING_DISK_LOW: '0%' };
  assert.equal((await collect({ LADING_DISK_HIGH: '1B' })).needed, false);
  const gentle = await collect(full);
  assert.deepEqual([gentle.needed, gentle.reached, gentle.size], [true, false, 0]);
  assert.ok((await collect(full, '--force')).size > 0);
});

test('on a full disk pull frees what nothing needs first, unless told not to', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  await sandbox.out('copy', `oci:${layout}:all`, 'local:app:latest');
  await sandbox.out('rm', 'app');
  const old = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(sandbox.folder, 'home/catalog.sqlite'));
  database.prepare('UPDATE tag_history SET at = ?').run(old);
  database.prepare('UPDATE manifests SET recorded_at = ?').run(old);
  database.close();
  const folder = join(sandbox.folder, 'home/content/blobs/sha256');
  const { utimes } = await import('node:fs/promises');
  for (const name of await readdir(folder)) await utimes(join(folder, name), new Date(old), new Date(old));
  const name = `${server.host}/team/app:1`;
  const env = { LADING_DISK_HIGH: '0%' };
  const off = await sandbox.run(['pull', name], { env: { ...env, LADING_AUTO_GC: 'off' } });
  assert.match(off.stderr, /3 there already/);
  await sandbox.out('rm', name);
  const outcome = await sandbox.run(['pull', '--all-platforms', name], { env });
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stderr, /the disk was \d+% full: [\d.]+ k?B removed that nothing needs/);
});

test('scrub names damage and the images that are hit, and heals what came from a registry', async (t) => {
  const sandbox = await openSandbox(t);
  await sandbox.out('pull', `${server.host}/team/app:1`);
  assert.match(await sandbox.out('scrub'), /^no damage: \d+ blobs, [\d.]+ kB read$/);
  const { layers } = JSON.parse(await sandbox.out('inspect', '--raw', `${server.host}/team/app:1`)) as {
    layers: { digest: string }[];
  };
  const digest = parseDigest(layers[0]?.digest ?? '');
  const path = join(sandbox.folder, 'home/content/blobs/sha256', hexOf(digest));
  const damage = async (): Promise<void> => {
    await chmod(path, 0o644);
    await writeFile(path, 'damaged');
  };
  await damage();
  const found = await sandbox.run(['scrub']);
  assert.equal(found.code, 7, found.stderr);
  assert.match(found.stdout, new RegExp(`hits ${server.host}/team/app:1`));
  assert.equal(await readFile(path, 'utf8'), 'damaged', 'nothing is changed without --repair');
  const healed = (await sandbox.json('scrub', '--repair')) as { damaged: { digest: string; healed: boolean }[] };
  assert.deepEqual([healed.damaged[0]?.digest, healed.damaged[0]?.healed], [digest, true]);
  assert.match(await sandbox.out('scrub'), /^no damage/);

  await sandbox.out('tag', `${server.host}/team/app:1`, 'mine');
  await sandbox.out('rm', `${server.host}/team/app:1`);
  await sandbox.out('gc', ...now);
  await damage();
  const lost = await sandbox.run(['scrub', '--repair']);
  assert.equal(lost.code, 7);
  assert.match(lost.stdout, /hits mine:latest[\s\S]*could not be fetched again/);
});

test('scrub --repair fetches from the mirrors that a pull would ask', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  const conf = join(sandbox.folder, 'registries.conf');
  const mirror = `[[registry.mirror]]\nlocation = "${server.host}/team"\n`;
  await writeFile(conf, `[[registry]]\nlocation = "r.test/apps"\n${mirror}`);
  const env = { CONTAINERS_REGISTRIES_CONF: conf };
  const pulled = await sandbox.run(['pull', 'r.test/apps/app:1'], { env });
  assert.equal(pulled.code, 0, pulled.stderr);
  const blobs = join(sandbox.folder, 'home/content/blobs/sha256');
  const [damaged = ''] = await readdir(blobs);
  await chmod(join(blobs, damaged), 0o644);
  await writeFile(join(blobs, damaged), 'damaged');
  const { code, stdout, stderr } = await sandbox.run(['scrub', '--repair'], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /healed from r\.test\/apps\/app\n1 damaged, 0 not healed/);
});

test('the folder of a registry is not tidied as if it were local images', async (t) => {
  if (!isLongRun(t)) return;
  const folder = join(origin.folder, 'home/registry');
  const { code, stderr } = await origin.run(['gc', '--root', folder]);
  assert.equal(code, 2);
  assert.match(stderr, /it is the folder of a registry/);
});

test('a disk that has no room for an image refuses it before a byte moves, and takes it when there is room', async (t) => {
  if (!isLongRun(t)) return;
  const disk = await smallDisk(t, 4);
  if (disk === undefined) return;
  const sandbox = await openSandbox(t);
  const name = `${server.host}/team/app:1`;
  const root = ['--root', join(disk, 'home')];
  await sandbox.out('ls', ...root);
  const { bavail, bsize } = await statfs(disk);
  await writeFile(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 120_000));
  const refused = await sandbox.run(['pull', '--json', ...root, name], { env: { LADING_AUTO_GC: 'off' } });
  assert.equal(refused.code, 1);
  const { error } = JSON.parse(refused.stderr.trim().split('\n').at(-1) ?? '') as {
    error: { code: string; hint: string };
  };
  assert.equal(error.code, 'DISK_FULL', refused.stderr);
  assert.match(error.hint, /lading gc/);
  assert.deepEqual(await readdir(join(disk, 'home/content/blobs/sha256')).catch(() => []), []);
  await rm(join(disk, 'filler'));
  await sandbox.out('pull', ...root, name);
  assert.match(await sandbox.out('scrub', ...root), /^no damage/);
});
