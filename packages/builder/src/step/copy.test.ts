import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { appendLayer, type Image, openImage, writeLayer } from '@lading/image';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { linux, type Workbench, workbench } from '../testing/workbench.ts';

const file = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 5 } as const;
const entry = (path: string, text: string, more: Partial<TarEntryInput> = {}): TarEntryInput => ({
  ...file,
  path,
  size: Buffer.byteLength(text),
  content: fromBuffer(text),
  ...more,
});

/** An image of one layer with exactly these entries, under a name. */
async function image(bench: Workbench, name: string, entries: readonly TarEntryInput[]): Promise<Image> {
  const empty = await bench.build(await bench.context({ Dockerfile: 'FROM scratch\n' }));
  const layer = await writeLayer(bench.output, writeTar(entries));
  const descriptor = await appendLayer(bench.output, await bench.image(empty), layer);
  const made = await openImage(bench.output, descriptor.digest, { platform: linux });
  bench.images.set(name, made);
  return made;
}

async function cached(bench: Workbench, dockerfile: string): Promise<boolean | undefined> {
  return (await bench.build(await bench.context({ Dockerfile: dockerfile }))).steps.at(-1)?.cached;
}

test('COPY --from depends on what is selected and not on what else changes in the source', async (t) => {
  const bench = await workbench(t);
  const dockerfile = 'FROM scratch\nCOPY --from=tools /bin /bin\n';
  const xattrs = new Map([['user.a', Buffer.from('1')]]);
  const build = async (
    tool: Partial<TarEntryInput>,
    elsewhere: string,
    text = 'tool',
  ): Promise<[boolean | undefined, string]> => {
    await image(bench, 'tools', [entry('bin/tool', text, tool), entry('etc/noise', elsewhere)]);
    const built = await bench.build(await bench.context({ Dockerfile: dockerfile }));
    return [built.steps[0]?.cached, built.manifest.digest];
  };
  const [first, digest] = await build({}, '1');
  assert.equal(first, false);
  assert.deepEqual(await build({}, '2'), [true, digest]);
  assert.deepEqual(await build({}, '2'), [true, digest]);
  // Everything that lands in the layer counts.
  const changes: [Partial<TarEntryInput>, string?][] = [
    [{}, 'tooL'],
    [{ mode: 0o755 }],
    [{ uid: 1 }],
    [{ gid: 1 }],
    [{ xattrs }],
    [{ mtime: 6 }],
    [{ path: 'bin/tool2' }],
  ];
  const digests = new Set([digest]);
  for (const [change, text] of changes) {
    const [hit, made] = await build(change, '3', text);
    assert.deepEqual([hit, digests.has(made)], [false, false], JSON.stringify(change));
    digests.add(made);
  }
  // What does not land does not: times past the epoch are the epoch.
  const [, late] = await build({ mtime: 1_000_000_001 }, '4');
  assert.deepEqual(await build({ mtime: 1_000_000_002 }, '5'), [true, late]);
});

test('COPY --from tells apart two files of one content and two names of one file', async (t) => {
  const bench = await workbench(t);
  const dockerfile = 'FROM scratch\nCOPY --from=tools /bin /bin\n';
  await image(bench, 'tools', [entry('bin/a', 'x'), entry('bin/b', 'x')]);
  assert.equal(await cached(bench, dockerfile), false);
  await image(bench, 'tools', [
    entry('bin/a', 'x'),
    { ...file, path: 'bin/b', type: 'hardlink', size: 0, linkPath: 'bin/a' },
  ]);
  assert.equal(await cached(bench, dockerfile), false);
});

test('COPY --link makes one layer for every base, with plain folders above, and looks up names in the base', async (t) => {
  const bench = await workbench(t);
  const passwd = (uid: number): TarEntryInput => entry('etc/passwd', `app:x:${uid}:${uid}::/:/bin/sh\n`);
  const folder: TarEntryInput = { ...file, type: 'directory', path: 'srv', mode: 0o1777, size: 0 };
  const build = async (instruction: string, entries: readonly TarEntryInput[]) => {
    await image(bench, 'base', entries);
    const context = await bench.context({
      a: 'A',
      'd/in': 'IN',
      Dockerfile: `FROM base\nWORKDIR /srv\n${instruction}\n`,
    });
    const built = await bench.build(context);
    return { built, layer: built.layers.at(-1)?.digest, hit: built.steps.at(-1)?.cached };
  };
  const link = 'COPY --link --chown=app a /srv/app/';
  const one = await build(link, [passwd(7)]);
  const other = await build(link, [passwd(7), folder, entry('usr/x', 'x')]);
  assert.deepEqual([one.hit, other.hit, other.layer], [false, true, one.layer]);
  assert.deepEqual((await bench.layers(other.built)).at(-1), ['srv', 'srv/app', 'srv/app/a']);
  assert.equal((await bench.files(other.built))['srv/app/a'], '0644 7:7 A');
  const third = await build(link, [passwd(8)]);
  assert.deepEqual([third.hit, third.layer === one.layer], [false, false]);
  // Without knowing the base, a destination without a slash is the file itself, and relative ones start at WORKDIR.
  const named = await build('COPY --link a app', [folder]);
  assert.equal((await bench.files(named.built))['srv/app'], '0644 0:0 A');
  const inside = await build('COPY --link --chmod=g+w d sub', [folder]);
  assert.equal((await bench.files(inside.built))['srv/sub/in'], '0664 0:0 IN');
});

test('ADD --link unpacks onto any base, and a linked folder does not follow a link of the base', async (t) => {
  const bench = await workbench(t);
  await image(bench, 'base', [
    { ...file, type: 'symlink', path: 'opt', size: 0, mode: 0o777, linkPath: 'usr/opt' },
    entry('usr/opt/x', 'x'),
  ]);
  const context = await bench.context({ a: 'A', Dockerfile: 'FROM base\nCOPY --link a /opt/a\n' });
  const files = await bench.files(await bench.build(context));
  assert.deepEqual([files['opt/a'], files['usr/opt/a']], ['0644 0:0 A', undefined]);
  await writeFile(join(context, 'Dockerfile'), 'FROM base\nCOPY a /opt/a\n');
  assert.equal((await bench.files(await bench.build(context)))['usr/opt/a'], '0644 0:0 A');
});

test('--parents keeps what follows the pivot, with patterns over folders, and --exclude speaks of that', async (t) => {
  const bench = await workbench(t);
  const files = { 'x/a/one.txt': '1', 'x/a/b/two.txt': '2', 'x/c/three.log': '3', 'y/four.txt': '4' };
  const names = async (instruction: string): Promise<string[]> => {
    const context = await bench.context({ ...files, Dockerfile: `FROM scratch\n${instruction}\n` });
    const shown = await bench.files(await bench.build(context));
    return Object.keys(shown).filter((path) => !shown[path]?.endsWith('/'));
  };
  assert.deepEqual(await names('COPY --parents x/**/*.txt /to/'), ['to/x/a/b/two.txt', 'to/x/a/one.txt']);
  assert.deepEqual(await names('COPY --parents ./x/./**/*.txt y/four.txt /to/'), [
    'to/a/b/two.txt',
    'to/a/one.txt',
    'to/y/four.txt',
  ]);
  assert.deepEqual(await names('COPY --parents --exclude=**/b x/./a /to/'), ['to/a/one.txt']);
  assert.deepEqual(await names('COPY --exclude=**/*.txt --exclude=!**/two.txt x /to'), [
    'to/a/b/two.txt',
    'to/c/three.log',
  ]);
  await assert.rejects(names('COPY --chown=nobody x /to'), (error) => isLadingError(error, 'BUILD_INVALID'));
});
