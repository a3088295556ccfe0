import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { readManifest } from '@lading/image';
import { mediaTypes } from '@lading/oci';
import { createMemoryRepository, type Repository } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import type { BuildEvent } from './build-event.ts';
import { buildRecipe, type RecipeResult } from './build-recipe.ts';
import { BuildRecorder } from './history/build-recorder.ts';
import { findBuild } from './history/find-build.ts';
import { openHistory } from './history/history-folder.ts';
import type { RecipeRequest } from './recipe/recipe-request.ts';
import { apkWorkbench } from './testing/recipe-workbench.ts';

interface Bench {
  readonly output: Repository;
  readonly events: BuildEvent[];
  readonly cacheFolder: string;
  readonly last: () => ReturnType<typeof findBuild>;
  /** The text goes behind what every recipe here has. */
  build(text: string, request?: Partial<RecipeRequest>, cache?: string): Promise<RecipeResult>;
}

/** Builds recipes of an Alpine archive with a place in the history. */
async function bench(t: TestContext): Promise<Bench> {
  const { folder, cacheFolder, mirror } = await apkWorkbench(t);
  const history = await temporaryFolder(t);
  const output = createMemoryRepository('sample');
  const events: BuildEvent[] = [];
  const file = join(folder, 'image.yaml');
  const head = `distro: alpine\nsuite: v3.20\ncomponents: [main]\nmirror: ${mirror.uri}\nkeyring: keys\n`;
  return {
    ...{ output, events, cacheFolder, last: () => findBuild(openHistory(history), undefined) },
    async build(text, request = {}, cache = cacheFolder) {
      events.length = 0;
      await writeFile(file, `${head}${text}`);
      const recorder = await BuildRecorder.start(history, { file, tags: [] });
      const onEvent = (event: BuildEvent): void => void events.push(event);
      try {
        const result = await buildRecipe({ file, ...request }, { output, cacheFolder: cache, recorder, onEvent });
        await recorder.done(result.manifest.digest);
        return result;
      } catch (error) {
        await recorder.failed(error);
        throw error;
      }
    },
  };
}

const one = 'architectures: [amd64]\npackages: [musl]\n';

test('what the build of a recipe does is steps of the history, and a layer says which packages changed', async (t) => {
  const { build, last, events, cacheFolder } = await bench(t);
  await build(one);
  const cold = await last();
  const title = (text: string): string => `image.yaml linux/amd64 ${text}`;
  const layer = title('1/1 lading recipe: alpine v3.20 full, 1 package');
  assert.deepEqual(
    cold.steps.map((step) => [step.title, step.state]),
    [
      ['image.yaml resolve packages', 'done'],
      // Resolving verified it already.
      [title('download 1 package'), 'cached'],
      [title('unpack 1 package'), 'done'],
      [layer, 'done'],
    ],
  );
  const said = events.flatMap((event) => (event.kind === 'step-output' ? [Buffer.from(event.chunk).toString()] : []));
  assert.ok(said.includes('download musl (100%)\n') && said.includes('unpack musl (1 of 1)\n'));

  await build(one, { noCache: true }, join(cacheFolder, 'other'));
  assert.equal((await last()).steps[1]?.state, 'done');

  const warm = await build(one);
  assert.deepEqual(
    warm.images[0]?.steps.map((step) => [step.title, step.cached]),
    [
      ['image.yaml resolve packages', true],
      [layer, true],
    ],
  );
  assert.equal(warm.images[0]?.steps[1]?.explanation?.outcome, 'hit');
  assert.ok([...(warm.outcomes?.values() ?? [])].some((outcome) => outcome.layer !== undefined));

  const other = await build('architectures: [amd64]\npackages: [musl, alpine-baselayout]\n');
  const explanation = other.images[0]?.steps.at(-1)?.explanation;
  assert.ok(explanation?.outcome === 'miss' && explanation.reason === 'changed');
  const change = explanation.changes.find((found) => found.what === 'part' && found.part === 'packages');
  assert.ok(change?.what === 'part' && change.before === undefined);
  assert.match(change.after ?? '', /^alpine-baselayout \S+ [0-9a-f]{12}(, |$)/);
  assert.doesNotMatch(change.after ?? '', /musl/);
});

test('the step of a recipe that failed is failed in the history', async (t) => {
  const { build, last } = await bench(t);
  const unknown = 'architectures: [amd64]\npackages: [nonesuch]\n';
  await assert.rejects(build(unknown), (error) => isLadingError(error, 'PACKAGE_UNRESOLVED'));
  const { state, steps, error } = await last();
  assert.deepEqual([state, error?.code], ['failed', 'PACKAGE_UNRESOLVED']);
  assert.deepEqual(
    steps.map((step) => [step.title, step.state]),
    [['image.yaml resolve packages', 'failed']],
  );
});

test('layers of a recipe are compressed as asked, from the cache too, and the default comes back with its digest', async (t) => {
  const { build } = await bench(t);
  const plain = await build(one);
  const [gzip] = plain.images[0]?.layers ?? [];
  const zstd = await build(one, { compression: { compression: 'zstd', level: 3 } });
  assert.equal(zstd.images[0]?.layers[0]?.mediaType, mediaTypes.ociLayerZstd);
  assert.ok(zstd.images[0]?.steps.every(({ cached }) => cached));
  const anew = await build(one, { compression: { compression: 'zstd', level: 3 }, noCache: true });
  assert.equal(anew.manifest.digest, zstd.manifest.digest);
  const seekable = await build(one, { compression: { compression: 'estargz' } });
  assert.ok(seekable.images[0]?.layers[0]?.annotations?.['containerd.io/snapshot/stargz/toc.digest']);
  const again = await build(one);
  assert.deepEqual([again.manifest.digest, again.images[0]?.layers[0]?.digest], [plain.manifest.digest, gzip?.digest]);
});

test('the index of several architectures has its annotations, and the files that a recipe takes in are materials', async (t) => {
  const { build, output } = await bench(t);
  const text =
    'architectures: [amd64, arm64]\npackages: [musl]\npaths: [{ type: file, path: /etc/x, source: image.yaml }]\n';
  const built = await build(text, { indexAnnotations: { a: 'index' }, descriptorAnnotations: { b: 'descriptor' } });
  const document = await readManifest(output.content, built.manifest);
  assert.ok(document.kind === 'index');
  assert.deepEqual(document.value.annotations, { a: 'index' });
  assert.deepEqual(
    document.value.manifests.map(({ annotations }) => annotations),
    [{ b: 'descriptor' }, { b: 'descriptor' }],
  );
  assert.deepEqual(
    built.materials.map(({ kind, name, digest }) => [kind, name, Object.keys(digest)]),
    [
      ['recipe', 'musl', ['sha256']],
      ['recipe', 'musl', ['sha256']],
      ['context', 'image.yaml', ['sha256']],
    ],
  );
});
