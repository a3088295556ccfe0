// The Alpine archives that docker save wrote: loaded, looked at, run, and saved again as what they were.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runProgram, vector } from '@lading/testkit';
import { canRun } from './engines.ts';
import { type Lading, openLading, succeeded } from './lading.ts';

const releases = [
  { tag: '3.10', file: 'alpine-310.docker-archive.tar.gz', version: '3.10.4' },
  { tag: '3.11', file: 'alpine-311.docker-archive.tar.gz', version: '3.11.5' },
] as const;

interface Inspected {
  readonly digest: string;
  readonly image: {
    readonly platform: string;
    readonly created: string;
    readonly config: { readonly digest: string };
    readonly layers: readonly { readonly diffId: string; readonly instruction: string }[];
    readonly cmd: readonly string[];
  };
}

interface Truth {
  /** sha256 of the config's bytes. */
  readonly config: string;
  /** sha256 of each layer's bytes. */
  readonly diffIds: readonly string[];
  readonly names: readonly string[];
}

describe('Alpine', { concurrency: 2 }, () => {
  for (const release of releases) {
    test(`alpine ${release.tag} loads, inspects, runs, and saves as the same config and layers`, async (t) => {
      const path = vector(t, `images/${release.file}`);
      if (path === undefined) return;
      const lading = await openLading(t);
      const truth = await readArchive(lading, path, 'original');
      assert.deepEqual(truth.names, [`alpine:${release.tag}`]);

      const loaded = await lading.json<{ images: { reference: string; digest: string }[] }>('load', '-i', path);
      assert.deepEqual(
        loaded.images.map(({ reference }) => reference),
        [`docker.io/library/alpine:${release.tag}`],
      );
      const shown = await lading.json<Inspected>('inspect', `alpine:${release.tag}`);
      assert.equal(shown.digest, loaded.images[0]?.digest);
      assert.equal(shown.image.config.digest, truth.config);
      assert.deepEqual(
        shown.image.layers.map(({ diffId }) => diffId),
        truth.diffIds,
      );
      assert.equal(shown.image.platform, 'linux/amd64');
      assert.deepEqual(shown.image.cmd, ['/bin/sh']);
      const history = await lading.out('history', '--no-trunc', `alpine:${release.tag}`);
      assert.match(history, /ADD file:[0-9a-f]{64} in \//);

      await lading.out('save', '-o', 'docker.tar', `alpine:${release.tag}`);
      assert.deepEqual(await readArchive(lading, 'docker.tar', 'docker'), truth);
      await lading.out('save', '--format=oci', '-o', 'oci.tar', `alpine:${release.tag}`);
      const again = await openLading(t);
      await again.out('load', '-i', join(lading.folder, 'oci.tar'));
      assert.equal((await again.json<Inspected>('inspect', `alpine:${release.tag}`)).digest, shown.digest);
      await again.out('save', '-o', 'docker.tar', `alpine:${release.tag}`);
      assert.deepEqual(
        await readFile(join(again.folder, 'docker.tar')),
        await readFile(join(lading.folder, 'docker.tar')),
        'archives of one image are equal, whichever way it came',
      );

      if (!(await canRun(t))) return;
      const run = await lading.run(['run', `alpine:${release.tag}`, '/bin/sh', '-c', 'cat /etc/alpine-release']);
      assert.equal(succeeded('run', run), release.version);
      assert.equal(run.stderr, '');
    });
  }

  test('both archives go through pipes, together in one archive, and back under other names', async (t) => {
    const paths = releases.map(({ file }) => vector(t, `images/${file}`));
    if (paths.includes(undefined)) return;
    const lading = await openLading(t);
    for (const path of paths) succeeded('load', await lading.shell(`lading load <'${path}'`));
    const second = await openLading(t);
    const piped = `LADING_HOME='${lading.env.LADING_HOME}' lading save alpine:3.10 alpine:3.11 | gzip -1 | lading load`;
    succeeded('save | load', await second.shell(piped));
    for (const { tag } of releases) {
      const [here, there] = await Promise.all(
        [lading, second].map((one) => one.json<Inspected>('inspect', `alpine:${tag}`)),
      );
      assert.equal(there?.image.config.digest, here?.image.config.digest);
    }
    await second.out('tag', 'alpine:3.11', 'registry.example.org/base:latest');
    const listed = await second.json<{ images: { reference: string }[] }>('ls');
    assert.deepEqual(listed.images.map(({ reference }) => reference).sort(), [
      'docker.io/library/alpine:3.10',
      'docker.io/library/alpine:3.11',
      'registry.example.org/base:latest',
    ]);
  });

  test('a damaged archive is refused and leaves no image', async (t) => {
    const path = vector(t, 'images/alpine-310.docker-archive.tar.gz');
    if (path === undefined) return;
    const lading = await openLading(t);
    const damage = [
      ['cut off', `head -c 1500000 '${path}' >broken`],
      ['changed', `gzip -dc '${path}' | tr '\\000' '\\001' >broken`],
      [
        'another layer',
        `mkdir x && gzip -dc '${path}' | tar -xC x && for l in x/*/layer.tar; do printf x >>$l; done; tar -cf broken -C x .`,
      ],
    ] as const;
    for (const [what, script] of damage) {
      succeeded(what, await lading.shell(script));
      const { code, stderr } = await lading.run(['load', '-i', 'broken']);
      assert.ok(code === 1 || code === 7, `${what}: ${code} ${stderr}`);
      assert.match(stderr, /^lading: .*\[[A-Z_]+\]$/m, what);
      assert.doesNotMatch(stderr, /defect/, what);
      assert.deepEqual((await lading.json<{ images: unknown[] }>('ls')).images, [], what);
    }
  });
});

/** What an archive of docker save holds, read with tar and sha256 alone. */
async function readArchive(lading: Lading, path: string, name: string): Promise<Truth> {
  const folder = join(lading.folder, `read-${name}`);
  await mkdir(folder);
  const { code, stderr } = await runProgram('tar', ['-xf', path, '-C', folder], { cwd: lading.folder });
  assert.equal(code, 0, stderr);
  const [image, ...others] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
    Config: string;
    Layers: string[];
    RepoTags: string[];
  }[];
  assert.deepEqual(others, [], `one image in ${(await readdir(folder)).join(' ')}`);
  assert.ok(image !== undefined);
  const digestOfFile = async (file: string): Promise<string> =>
    `sha256:${createHash('sha256')
      .update(await readFile(join(folder, file)))
      .digest('hex')}`;
  const diffIds = await Promise.all(image.Layers.map(digestOfFile));
  const config = JSON.parse(await readFile(join(folder, image.Config), 'utf8'));
  assert.deepEqual(diffIds, config.rootfs.diff_ids);
  return { config: await digestOfFile(image.Config), diffIds, names: image.RepoTags };
}
