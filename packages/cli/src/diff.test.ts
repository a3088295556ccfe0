import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { type Image, writeImage, writeLayer } from '@lading/image';
import { type OciLayout, openOciLayout } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { vector } from '@lading/testkit';
import type { ImageDiff } from './diff/image-diff.ts';
import { openSandbox, type Sandbox } from './testing/lading.ts';

const cleanups: (() => Promise<void>)[] = [];
let sandbox: Sandbox;

const plain = { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 } as const;
const file = (path: string, text: string, more: Partial<TarEntryInput> = {}): TarEntryInput => {
  const content = Buffer.from(text);
  return { ...plain, path, size: content.length, content: fromBuffer(content), ...more };
};
const status = (...packages: string[]): string =>
  packages.map((one) => `Package: ${one.replace(' ', '\nStatus: install ok installed\nVersion: ')}\n`).join('\n');

const base = [
  file('etc/motd', 'hello'),
  file('etc/same', 'same'),
  file('var/lib/dpkg/status', status('curl 8.1', 'vim 9')),
  file('srv/node_modules/left-pad/package.json', '{"name":"left-pad","version":"1.0.0"}'),
];
const own = {
  one: [file('srv/app', 'one'), file('srv/old/a', 'a'), file('srv/old/b', 'b')],
  two: [
    file('srv/app', 'two', { mode: 0o755, uid: 7 }),
    file('srv/.wh.none', ''),
    file('var/lib/dpkg/status', status('curl 8.2', 'jq 1.7')),
    file('etc/same', 'same', { mtime: 99 }),
    file('srv/node_modules/left-pad/package.json', '{"name":"left-pad","version":"1.3.0"}'),
  ],
};

async function write(layout: OciLayout, tag: 'one' | 'two', execution: Image['config']['config']): Promise<void> {
  const layers = [await writeLayer(layout, writeTar(base)), await writeLayer(layout, writeTar(own[tag]))];
  const image = await writeImage(layout, {
    layers: layers.map(({ descriptor }) => descriptor),
    config: {
      os: 'linux',
      architecture: 'amd64',
      ...(execution === undefined ? {} : { config: execution }),
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: [{ created_by: 'ADD base /' }, { created_by: `RUN make ${tag}` }],
    },
  });
  await layout.references.tag(tag, image);
}

before(async () => {
  sandbox = await openSandbox({ after: (done) => void cleanups.push(done) });
  const layout = await openOciLayout(join(sandbox.folder, 'layout'), { create: true });
  await write(layout, 'one', { Env: ['PATH=/bin', 'OLD='], Cmd: ['app'], Labels: { team: 'a' } });
  await write(layout, 'two', { Env: ['PATH=/usr/bin:/bin'], Cmd: ['app'], Labels: { team: 'a', new: '\u001b[31m' } });
});

after(async () => {
  for (const done of cleanups.reverse()) await done();
});

test('diff tells what differs in config, history, layers, packages and files', async () => {
  const diff = (await sandbox.json('diff', 'oci:layout:one', 'oci:layout:two')) as ImageDiff;
  assert.equal(diff.equal, false);
  assert.deepEqual(diff.config, [
    { member: 'env PATH', before: '/bin', after: '/usr/bin:/bin' },
    { member: 'env OLD', before: '' },
    { member: 'label new', after: '\u001b[31m' },
  ]);
  assert.deepEqual(diff.history, { shared: 1, before: ['RUN make one'], after: ['RUN make two'] });
  const { transfer = 0, ...layers } = diff.layers ?? {};
  assert.deepEqual(layers, { shared: 1, before: 2, after: 2 });
  assert.ok(transfer > 0 && transfer < 1000);
  assert.deepEqual(
    diff.packages?.map(({ type, name, before: old, after: young }) => [type, name, old, young]),
    [
      ['deb', 'curl', ['8.1'], ['8.2']],
      ['deb', 'jq', [], ['1.7']],
      ['deb', 'vim', ['9'], []],
      ['npm', 'left-pad', ['1.0.0'], ['1.3.0']],
    ],
  );
  assert.deepEqual(
    diff.files?.map(({ kind, path, aspects = [] }) => [kind, path, ...aspects]),
    [
      ['changed', 'srv/app', 'content', 'mode', 'owner'],
      ['changed', 'srv/node_modules/left-pad/package.json', 'content'],
      ['removed', 'srv/old'],
      ['removed', 'srv/old/a'],
      ['removed', 'srv/old/b'],
      ['changed', 'var/lib/dpkg/status', 'content'],
    ],
  );
});

test('diff shows it for people; a directory that went stands for what was in it, and nothing steers the terminal', async () => {
  const text = await sandbox.out('diff', 'oci:layout:one', 'oci:layout:two');
  for (const line of [
    '~ env PATH /bin → /usr/bin:/bin',
    '- env OLD',
    '+ label new \\x1b[31m',
    '~ curl 8.1 → 8.2',
    '- /srv/old/  2 files, 2 B',
    '~ /srv/app  content (3 B), mode 0644 → 0755, owner 0:0 → 7:0',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
  }
  assert.ok(!text.includes('\u001b'));
});

test('diff compares what is asked for alone, times where they are, and exits with 10 when asked to', async () => {
  const config = (await sandbox.json('diff', '--only', 'config', 'oci:layout:one', 'oci:layout:two')) as ImageDiff;
  assert.deepEqual(Object.keys(config), ['before', 'after', 'equal', 'config']);
  const files = ['diff', '--only', 'files', '--times', '--json'];
  const timed = await sandbox.run([...files, '--exit-code', 'oci:layout:one', 'oci:layout:two']);
  assert.equal(timed.code, 10);
  assert.ok(
    (JSON.parse(timed.stdout) as ImageDiff).files?.some(
      ({ path, aspects }) => path === 'etc/same' && aspects?.[0] === 'time',
    ),
  );
  const same = await sandbox.run(['diff', '--exit-code', 'oci:layout:one', 'oci:layout:one']);
  assert.equal(same.code, 0);
  assert.match(same.stdout, /^the same image$/m);
  const wrong = await sandbox.run(['diff', '--only', 'taste', 'oci:layout:one', 'oci:layout:two']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /config, history, layers, packages, files/);
});

test('diff of two releases of Alpine tells which packages moved', async (t) => {
  const [one, two] = ['alpine-310', 'alpine-311'].map((name) => vector(t, `images/${name}.docker-archive.tar.gz`));
  if (one === undefined || two === undefined) return;
  const diff = (await sandbox.json('diff', `docker-archive:${one}`, `docker-archive:${two}`)) as ImageDiff;
  assert.equal(diff.packages?.length, 12);
  const musl = diff.packages.find(({ name }) => name === 'musl');
  assert.deepEqual([musl?.type, musl?.before, musl?.after], ['apk', ['1.1.22-r3'], ['1.1.24-r2']]);
  assert.ok(diff.files?.some(({ path, kind }) => path === 'bin/busybox' && kind === 'changed'));
});
