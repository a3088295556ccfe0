import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { mediaTypes } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import type { BuildRecord } from '../history/build-record.ts';
import { BuildRecorder } from '../history/build-recorder.ts';
import { findBuild } from '../history/find-build.ts';
import { openHistory } from '../history/history-folder.ts';
import type { BuildpacksRequest, BuildpacksResult } from './request.ts';
import { buildpacksBench } from './testing/buildpacks-bench.ts';

test('phases are steps of the history, a changed file of the application is named, and what failed is there', async (t) => {
  const environment: { recorder?: BuildRecorder } = {};
  const bench = await buildpacksBench(t, { environment });
  if (bench === undefined) return;
  const history = await temporaryFolder(t);
  const pack = async (context: string, request: Partial<BuildpacksRequest>): Promise<BuildpacksResult> => {
    environment.recorder = await BuildRecorder.start(history, { file: context, tags: [] });
    try {
      const result = await bench.pack(context, request);
      await environment.recorder.done(result.manifest.digest);
      return result;
    } catch (error) {
      await environment.recorder.failed(error);
      throw error;
    }
  };
  const last = (): Promise<BuildRecord> => findBuild(openHistory(history), undefined);
  const states = ({ steps }: BuildRecord): string[] => steps.map(({ title, state }) => `${title}: ${state}`);

  const context = await bench.context({ 'app.txt': 'one', 'more.txt': '' });
  const made = await bench.buildpack('samples/made', { build: 'echo making; cat app.txt > made.txt' });
  const cold = await pack(context, { buildpacks: [made] });
  const steps = ['add samples/made@1.0.0', 'add the application', 'detect samples/made@1.0.0', 'restore'];
  const all = [...steps, 'build samples/made@1.0.0', 'export'];
  assert.deepEqual(
    states(await last()),
    all.map((step) => `${step}: done`),
  );
  assert.ok(bench.events.some((event) => event.kind === 'step-output' && Buffer.from(event.chunk).includes('making')));
  assert.deepEqual(
    cold.materials.map(({ kind, name, digest }) => [kind, name, Object.keys(digest).join()]),
    [
      ['context', 'context', 'ladingTaken'],
      ['context', 'samples/made@1.0.0', 'ladingTaken'],
      ['image', 'build', 'sha256'],
      ['image', 'run', 'sha256'],
    ],
  );

  const warm = await pack(context, { buildpacks: [made], previous: await bench.image(cold) });
  assert.equal(warm.manifest.digest, cold.manifest.digest);
  assert.deepEqual(
    states(await last()),
    all.map((step) => `${step}: ${step.startsWith('detect') ? 'done' : 'cached'}`),
  );

  await writeFile(join(context, 'app.txt'), 'two');
  await pack(context, { buildpacks: [made] });
  const changes = (await last()).steps.map(({ title, explanation }) => [
    title,
    explanation?.outcome === 'miss' ? explanation.changes : explanation?.outcome,
  ]);
  const file = { what: 'files', added: 0, removed: 0, changed: 1, first: [{ path: 'app.txt', how: 'content' }] };
  assert.deepEqual(Object.fromEntries(changes), {
    'add samples/made@1.0.0': 'hit',
    'add the application': [file],
    'detect samples/made@1.0.0': undefined,
    restore: 'hit',
    'build samples/made@1.0.0': [{ what: 'step', step: 'add the application' }],
    export: undefined,
  });

  const zstd = { compression: { compression: 'zstd' }, forceCompression: true } as const;
  const packed = await pack(context, { buildpacks: [made], previous: await bench.image(cold), ...zstd });
  assert.ok(packed.images[0]?.layers.every(({ mediaType }) => mediaType === mediaTypes.ociLayerZstd));

  const failing = await bench.buildpack('samples/made', { build: 'echo compiling; exit 7' });
  await assert.rejects(pack(context, { buildpacks: [failing] }), (error) => isLadingError(error, 'BUILD_STEP_FAILED'));
  const failed = await last();
  assert.deepEqual([failed.state, failed.error?.output], ['failed', 'compiling\n']);
  assert.equal(states(failed).at(-1), 'build samples/made@1.0.0: failed');
});
