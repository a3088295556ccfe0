import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { openImage } from '@lading/image';
import { parsePlatform } from '@lading/oci';
import { createMemoryRepository, type Repository } from '@lading/store';
import { readTar } from '@lading/tar';
import { buildRecipe, type RecipeResult, resolveRecipeStage } from './build-recipe.ts';
import type { RecipeRequest } from './recipe/recipe-request.ts';
import { type AlpineBench, apkWorkbench, workbench } from './testing/recipe-workbench.ts';

const arm64 = parsePlatform('linux/arm64');

function alpineText(bench: AlpineBench, more: string): string {
  return `distro: alpine\nsuite: v3.20\ncomponents: [main]\nmirror: ${bench.mirror.uri}\nkeyring: keys\n${more}`;
}

async function build(
  bench: Pick<AlpineBench, 'folder' | 'cacheFolder'>,
  text: string,
  output: Repository = createMemoryRepository('sample'),
  more: Partial<RecipeRequest> = {},
): Promise<RecipeResult> {
  const file = join(bench.folder, 'image.yaml');
  await writeFile(file, text);
  return buildRecipe({ file, ...more }, { output, cacheFolder: bench.cacheFolder });
}

async function paths(repository: Repository, digest: string, layer: number): Promise<string[]> {
  const image = await openImage(repository, digest as Parameters<typeof openImage>[1]);
  const found: string[] = [];
  for await (const entry of readTar(await image.layers[layer]!.uncompressed())) {
    if (entry.type !== 'directory') found.push(entry.path);
  }
  return found;
}

test('several architectures make an index from one lock; the same again comes from the cache with the same digest', async (t) => {
  const bench = await apkWorkbench(t);
  const text = alpineText(bench, 'architectures: [amd64, arm64]\npackages: [alpine-baselayout, server]\n');
  const output = createMemoryRepository('sample');
  const first = await build(bench, text, output);
  assert.equal(first.lock, 'created');
  assert.match(first.manifest.mediaType, /index/);
  assert.deepEqual(
    first.images.map(({ platform }) => platform.architecture),
    ['amd64', 'arm64'],
  );
  const lock = JSON.parse(await readFile(first.lockFile, 'utf8')) as { lockVersion: number; packages: object };
  assert.equal(lock.lockVersion, 1);
  assert.deepEqual(Object.keys(lock.packages), ['aarch64', 'x86_64']);
  assert.ok(first.materials.some(({ uri }) => uri.startsWith('pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64')));
  await bench.mirror.stop();
  const again = await build(bench, text, output, { lock: 'require' });
  assert.equal(again.manifest.digest, first.manifest.digest);
  assert.ok(again.images.every(({ steps }) => steps.every((step) => step.cached)));
  const anew = await build(bench, text, createMemoryRepository('other'), { noCache: true, workers: 1 });
  assert.equal(anew.manifest.digest, first.manifest.digest);
});

test('layers by origin hold each file once, and stay the same when other packages join', async (t) => {
  const bench = await apkWorkbench(t);
  const layered = (packages: string, budget: number): string =>
    alpineText(
      bench,
      `architectures: [amd64]\nlayering: { strategy: origin, budget: ${budget} }\npackages: ${packages}\npaths: [{ type: empty-file, path: /etc/mark }]\n`,
    );
  const output = createMemoryRepository('sample');
  const few = await build(bench, layered('[alpine-baselayout, server]', 10), output);
  const [image] = few.images;
  // musl, the two of busybox, the two of the base layout, the server, and what belongs to no package.
  assert.equal(image?.layers.length, 5);
  assert.deepEqual(await paths(output, few.manifest.digest, 0), [
    'lib/ld-musl-x86_64.so.1',
    'lib/libc.musl-x86_64.so.1',
  ]);
  const all = await Promise.all(image.layers.map((_, index) => paths(output, few.manifest.digest, index)));
  assert.equal(new Set(all.flat()).size, all.flat().length);
  assert.ok(all.at(-1)?.includes('lib/apk/db/installed') && all.at(-1)?.includes('etc/mark'));
  const config = JSON.parse(
    (await collect(await output.content.open(image.config), { maxBytes: 1 << 20, what: 'config' })).toString(),
  ) as { history: { created_by: string }[] };
  assert.equal(config.history[0]?.created_by, 'lading recipe: alpine v3.20 full, musl');

  const more = await build(bench, layered('[alpine-baselayout, server, tool]', 10), output);
  const shared = more.images[0]?.layers.filter(({ digest }) => image.layers.some((layer) => layer.digest === digest));
  assert.equal(shared?.length, 3, "all but the one on top, and the server's, of which the tool replaces a file");
  const tight = await build(bench, layered('[alpine-baselayout, server]', 2), output);
  assert.equal(tight.images[0]?.layers.length, 3);
  assert.equal(tight.images[0]?.layers[0]?.digest, image.layers[0]?.digest);
});

test('Debian packages are laid in layers of their source packages likewise', async (t) => {
  const bench = await workbench(t);
  const output = createMemoryRepository('sample');
  const recipe = `distro: debian\nsuite: trusty\narchitectures: [amd64]\nmirror: ${bench.mirror.uri}\nkeyring: archive.gpg\npackages: [base-files, dash, app]\nlayering: { strategy: origin, budget: 3 }\n`;
  const built = await build(bench, recipe, output);
  assert.equal(built.images[0]?.layers.length, 4);
  const all = await Promise.all([0, 1, 2, 3].map((index) => paths(output, built.manifest.digest, index)));
  assert.equal(new Set(all.flat()).size, all.flat().length);
  assert.ok(all[3]?.includes('var/lib/dpkg/status'));
});

test('a recipe is the base of a build for one of its platforms, and of no other', async (t) => {
  const bench = await apkWorkbench(t);
  const file = join(bench.folder, 'base.yaml');
  await writeFile(
    file,
    alpineText(bench, 'architectures: [amd64, arm64]\npackages: [musl]\nentrypoint: [/lib/ld-musl-x86_64.so.1]\n'),
  );
  const environment = { output: createMemoryRepository('sample'), cacheFolder: bench.cacheFolder };
  const { image, result } = await resolveRecipeStage({ file, platform: arm64 }, environment);
  assert.equal(image.platform.architecture, 'arm64');
  assert.deepEqual(image.config.config?.Entrypoint, ['/lib/ld-musl-x86_64.so.1']);
  assert.equal(image.layers.length, 1);
  assert.deepEqual(Object.keys(JSON.parse(await readFile(result.lockFile, 'utf8')).packages), ['aarch64', 'x86_64']);
  await assert.rejects(
    resolveRecipeStage({ file, platform: parsePlatform('linux/riscv64') }, environment),
    (error) => isLadingError(error, 'RECIPE_INVALID') && /for linux\/riscv64: it is not one of/.test(error.message),
  );
});
