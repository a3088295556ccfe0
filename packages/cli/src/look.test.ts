import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { digestOf } from '@lading/oci';
import type { HistoryLine } from './history-lines.ts';
import type { Inspection } from './inspection.ts';
import type { LocalImage } from './list-local.ts';
import { openSandbox, type Sandbox, startServe } from './testing/lading.ts';
import { type SampleLayout, writeSampleLayout } from './testing/sample-layout.ts';

const cleanups: (() => Promise<void>)[] = [];
let sandbox: Sandbox;
let sample: SampleLayout;
let host: string;

before(async () => {
  const t = { after: (done: () => Promise<void>) => void cleanups.push(done) };
  sandbox = await openSandbox(t);
  sample = await writeSampleLayout(join(sandbox.folder, 'layout'));
  ({ host } = await startServe(t, sandbox, '--log', 'json'));
  await sandbox.out('copy', 'oci:layout:all', 'local:app:1');
  await sandbox.out('push', 'app:1', `${host}/team/app:1`);
});

after(async () => {
  for (const done of cleanups.reverse()) await done();
});

test('ls shows local images with familiar names, sizes and platforms', async () => {
  const text = await sandbox.out('ls');
  assert.match(text, /^NAME +TAG +DIGEST +SIZE +CREATED\napp +1 +sha256:[0-9a-f]{12} +\d+ kB +2024-05-06 07:08$/);
  const { images } = (await sandbox.json('ls')) as { images: LocalImage[] };
  const [{ size, ...rest } = { size: 0 }] = images;
  assert.deepEqual(rest, {
    reference: 'docker.io/library/app:1',
    name: 'app',
    tag: '1',
    digest: sample.index,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    created: '2024-05-06T07:08:09Z',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  assert.ok(size > 100_000);
  assert.ok((await sandbox.out('ls', '--no-trunc')).includes(sample.index));
});

test('ls of an empty home prints the head alone, and an empty list as JSON', async (t) => {
  const empty = await openSandbox(t);
  assert.equal(await empty.out('ls'), 'NAME  TAG  DIGEST  SIZE  CREATED');
  assert.deepEqual(await empty.json('ls'), { images: [] });
});

test('ls lists the tags of a repository, the repositories of a registry and the images of a layout', async () => {
  assert.equal(await sandbox.out('ls', `${host}/team/app`), '1');
  assert.deepEqual(await sandbox.json('ls', `${host}/team/app`), { repository: `${host}/team/app`, tags: ['1'] });
  assert.equal(await sandbox.out('ls', `${host}/`), 'team/app');
  assert.deepEqual(await sandbox.json('ls', `${host}/`), { registry: host, repositories: ['team/app'] });
  const { images } = (await sandbox.json('ls', 'oci:layout')) as { images: { names: string[] }[] };
  assert.deepEqual(
    images.map(({ names }) => names),
    [['amd64'], ['all']],
  );
  const one = await sandbox.run(['ls', `${host}/team/app:1`]);
  assert.equal(one.code, 2);
  assert.match(one.stderr, /lading inspect/);
  assert.equal((await sandbox.run(['ls', `${host}/absent`])).code, 5);
});

test('inspect tells digest, platform, how it runs and what made each layer', async () => {
  const inspection = (await sandbox.json('inspect', '--platform', 'linux/amd64', 'app:1')) as Inspection;
  const { image, manifests, ...rest } = inspection;
  assert.deepEqual(rest, {
    name: 'docker.io/library/app:1',
    source: 'local',
    digest: sample.index,
    mediaType: 'application/vnd.oci.image.index.v1+json',
  });
  assert.deepEqual(
    manifests?.map(({ platform }) => platform),
    ['linux/amd64', 'linux/arm64'],
  );
  assert.ok(image);
  const { layers, size, config, ...shown } = image;
  assert.deepEqual(shown, {
    digest: sample.image,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platform: 'linux/amd64',
    created: '2024-05-06T07:08:09Z',
    user: '1000:1000',
    workingDir: '/srv',
    entrypoint: ['/bin/app'],
    cmd: ['--serve'],
    env: ['PATH=/bin', 'GREETING=hello'],
    exposedPorts: ['8080/tcp'],
    labels: { 'org.example.team': 'sample', 'org.example.escape': '\u001b[31mred' },
    annotations: { 'org.opencontainers.image.title': 'sample for amd64' },
  });
  assert.deepEqual(
    layers.map(({ instruction }) => instruction),
    ['COPY base /', 'RUN make own'],
  );
  assert.ok(layers.every((layer) => layer.diffId !== layer.digest && layer.size > 0));
  assert.ok(size > config.size);
});

test('inspect shows for people the same, and no control characters of an image reach the terminal', async () => {
  const text = await sandbox.out('inspect', '--platform', 'linux/amd64', 'app:1');
  for (const line of ['Platform:   linux/amd64', 'Entrypoint: ["/bin/app"]', 'Ports:      8080/tcp']) {
    assert.ok(text.includes(line), `${line} in\n${text}`);
  }
  assert.match(text, /^LAYER +SIZE +DIGEST +DIFFID +INSTRUCTION$/m);
  assert.ok(text.includes('org.example.escape=\\x1b[31mred'));
  assert.ok(!text.includes('\u001b'));
});

test('inspect of a registry fetches manifests and config, never a layer', async (t) => {
  const empty = await openSandbox(t);
  const own = await startServe(t, sandbox, '--log', 'json');
  const platform = ['--platform', 'linux/amd64'];
  const inspection = (await empty.json('inspect', ...platform, `${own.host}/team/app:1`)) as Inspection;
  assert.equal(inspection.source, 'registry');
  assert.equal(inspection.image?.digest, sample.image);
  await empty.out('history', ...platform, `${own.host}/team/app:1`);
  await own.stop();
  const requests = own.stderr().trimEnd().split('\n');
  const blobs = requests
    .map((line) => (JSON.parse(line) as { path: string }).path)
    .filter((path) => /\/blobs\//.test(path));
  assert.ok(blobs.length > 0);
  for (const path of blobs) assert.ok(path.endsWith(inspection.image.config.digest), path);
});

test('inspect --raw and --config give the bytes that the digests cover', async () => {
  const raw = await sandbox.run(['inspect', '--raw', 'app:1']);
  assert.equal(digestOf(raw.stdout), sample.index);
  const image = await sandbox.run(['inspect', '--raw', '--platform', 'linux/amd64', '--json', `${host}/team/app:1`]);
  assert.equal(digestOf(image.stdout), sample.image);
  const config = await sandbox.run(['inspect', '--config', 'oci:layout:amd64']);
  assert.equal(digestOf(config.stdout), JSON.parse(image.stdout).config.digest);
});

test('history has an instruction per line, the newest last, with layer and size', async () => {
  const args = ['history', '--platform', 'linux/amd64', 'app:1'];
  const lines = (await sandbox.out(...args)).split('\n');
  assert.match(lines[0] ?? '', /^CREATED +SIZE +LAYER +INSTRUCTION$/);
  assert.match(lines[1] ?? '', /^2024-05-06 07:08 +\d+ kB +sha256:[0-9a-f]{12} +COPY base \/$/);
  assert.match(lines[2] ?? '', /^2024-05-06 07:08 +- +- +ENV GREETING=hello$/);
  assert.match(lines[3] ?? '', /RUN make own$/);
  assert.match(await sandbox.out(...args, '--no-trunc'), /sha256:[0-9a-f]{64} +COPY base/);
  const { digest, history } = (await sandbox.json(...args)) as { digest: string; history: HistoryLine[] };
  assert.equal(digest, sample.image);
  assert.equal(history[2]?.createdBy, 'RUN /bin/sh -c make own # buildkit');
  assert.equal(history[1]?.layer, undefined);
});
