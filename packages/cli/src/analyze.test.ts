import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { writeImage, writeLayer } from '@lading/image';
import { openOciLayout } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import type { Analysis } from './analysis/analysis.ts';
import type { Budget } from './analysis/budget.ts';
import { openSandbox, type Sandbox } from './testing/lading.ts';

const cleanups: (() => Promise<void>)[] = [];
let sandbox: Sandbox;

const plain = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 } as const;
const file = (path: string, size: number, more: Partial<TarEntryInput> = {}): TarEntryInput => ({
  ...plain,
  type: 'file',
  path,
  size,
  content: fromBuffer(Buffer.alloc(size, path)),
  ...more,
});

/** What apt brings and a later layer takes away, a file twice, one with setuid. */
const layers: readonly (readonly TarEntryInput[])[] = [
  [file('var/lib/apt/lists/main', 40_000), file('usr/bin/su', 1000, { mode: 0o4755 }), file('root/.cache/pip/x', 3000)],
  [
    { ...plain, type: 'file', path: 'var/lib/apt/.wh.lists' },
    file('srv/app', 5000, { content: fromBuffer(Buffer.alloc(5000)) }),
  ],
  [file('srv/copy', 5000, { content: fromBuffer(Buffer.alloc(5000)) }), file('usr/bin/su', 1000, { mode: 0o4755 })],
];

before(async () => {
  sandbox = await openSandbox({ after: (done) => void cleanups.push(done) });
  const layout = await openOciLayout(join(sandbox.folder, 'layout'), { create: true });
  const written = [];
  for (const entries of layers) written.push(await writeLayer(layout, writeTar(entries)));
  const image = await writeImage(layout, {
    layers: written.map(({ descriptor }) => descriptor),
    config: {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: written.map(({ diffId }) => diffId) },
      history: [
        { created_by: 'RUN apt-get update' },
        { created_by: 'COPY app /srv' },
        { created_by: 'RUN \u001b[31mcp' },
      ],
    },
  });
  await layout.references.tag('app', image);
});

after(async () => {
  for (const done of cleanups.reverse()) await done();
});

test('analyze tells what is in vain and who made it so, the same as data and as text', async () => {
  const analysis = (await sandbox.json('analyze', 'oci:layout:app')) as Analysis;
  assert.equal(analysis.size.files, 55_000);
  assert.equal(analysis.waste.hiddenBytes, 41_000);
  assert.equal(analysis.waste.duplicateBytes, 5000);
  assert.equal(analysis.efficiency, 9000 / 55_000);
  assert.deepEqual(analysis.waste.hidden[0], {
    path: 'var/lib/apt/lists',
    kind: 'removed',
    layer: 1,
    by: 2,
    files: 1,
    size: 40_000,
  });
  assert.deepEqual(
    analysis.layers.map(({ added, modified, removed, hiddenBytes }) => [added, modified, removed, hiddenBytes]),
    [
      [3, 0, 0, 41_000],
      [1, 0, 1, 0],
      [1, 1, 0, 0],
    ],
  );
  assert.deepEqual(
    analysis.setuid.map(({ path, mode, layer }) => [path, mode, layer]),
    [['usr/bin/su', '4755', 3]],
  );
  assert.deepEqual(
    analysis.leftovers.map(({ what, size }) => [what, size]),
    [['pip cache', 3000]],
  );
  const text = await sandbox.out('analyze', 'oci:layout:app');
  assert.match(text, /^40\.0 kB +1 +1 +\/var\/lib\/apt\/lists is removed by layer 2$/m);
  assert.match(text, /^5\.0 kB +2 +5\.0 kB +\/srv\/app, \/srv\/copy$/m);
  assert.match(text, /wasted +46\.0 kB of 55\.0 kB: 41\.0 kB hidden, 5\.0 kB twice/);
  assert.ok(!text.includes('\u001b'));
});

test('analyze holds an image against budgets and exits with 10 when one is exceeded', async () => {
  const kept = await sandbox.run(['analyze', '--max-wasted', '46kB', '--max-size', '1MB', 'oci:layout:app']);
  assert.equal(kept.code, 0, kept.stderr);
  const over = await sandbox.run([
    'analyze',
    '--json',
    '--max-wasted-percent',
    '20',
    '--min-efficiency=10%',
    'oci:layout:app',
  ]);
  assert.equal(over.code, 10);
  assert.deepEqual(
    (JSON.parse(over.stdout).budgets as Budget[]).map(({ name, limit, kept: isKept }) => [name, limit, isKept]),
    [
      ['max-wasted-percent', 20, false],
      ['min-efficiency', 10, true],
    ],
  );
  assert.equal((await sandbox.run(['analyze', '--max-wasted-percent', '200', 'oci:layout:app'])).code, 2);
});

test("analyze --ci takes dive's rules, its own or those of .dive-ci", async () => {
  const own = await sandbox.run(['analyze', '--ci', 'oci:layout:app']);
  assert.equal(own.code, 10);
  assert.match(own.stdout, /^EXCEEDED +highestUserWastedPercent 10\.0%: it is 18\.2%$/m);
  await writeFile(
    join(sandbox.folder, '.dive-ci'),
    'rules:\n  lowestEfficiency: 0.5\n  highestUserWastedPercent: off\n',
  );
  const lax = await sandbox.run(['analyze', '--ci', 'oci:layout:app']);
  assert.equal(lax.code, 0, lax.stdout + lax.stderr);
  assert.equal((await sandbox.run(['analyze', '--ci-config', 'absent', 'oci:layout:app'])).code, 2);
});
