import assert from 'node:assert/strict';
import { chmod, glob, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import type { StepExplanation } from '../cache/explanation.ts';
import type { BuildRequest, BuildResult } from '../request.ts';
import { type Workbench, workbench } from '../testing/workbench.ts';
import { BuildRecorder } from './build-recorder.ts';
import { buildState } from './build-state.ts';
import { criticalPath } from './critical-path.ts';
import { findBuild } from './find-build.ts';
import { openHistory } from './history-folder.ts';

interface Bench extends Workbench {
  readonly history: string;
  /** Builds with a place in the history; what each step says. */
  explain(context: string, request?: Partial<BuildRequest>): Promise<(StepExplanation | undefined)[]>;
}

async function bench(t: TestContext): Promise<Bench> {
  const environment: { recorder?: BuildRecorder } = {};
  const inner = await workbench(t, { environment });
  const history = await temporaryFolder(t);
  return {
    ...inner,
    history,
    async explain(context, request = {}) {
      const recorder = await BuildRecorder.start(history, {
        ...{ file: join(context, 'Dockerfile'), target: request.target, tags: [] },
      });
      environment.recorder = recorder;
      let result: BuildResult;
      try {
        result = await inner.build(context, request);
      } catch (error) {
        await recorder.failed(error);
        throw error;
      }
      await recorder.done(result.manifest.digest);
      return result.images.flatMap(({ steps }) => steps.map(({ explanation }) => explanation));
    },
  };
}

function changesOf(explanation: StepExplanation | undefined): unknown {
  return explanation?.outcome === 'miss' ? [explanation.reason, ...explanation.changes] : explanation?.outcome;
}

const dockerfile = `FROM scratch AS tools
COPY a.txt b.txt /tools/
FROM scratch
ARG VERSION=1
WORKDIR /srv
COPY a.txt app-$VERSION.txt
COPY --from=tools /tools/b.txt /srv/
`;

test('a step that runs names the file, the argument or the step before it that changed, and one that does not its build', async (t) => {
  const { context, explain } = await bench(t);
  const folder = await context({ Dockerfile: dockerfile, 'a.txt': 'a', 'b.txt': 'b' });
  assert.deepEqual((await explain(folder)).map(changesOf), [['first'], ['first'], ['first'], ['first']]);
  assert.deepEqual((await explain(folder)).map(changesOf), ['hit', 'hit', 'hit', 'hit']);

  await writeFile(join(folder, 'b.txt'), 'other');
  const changed = { what: 'files', added: 0, removed: 0, changed: 1 };
  assert.deepEqual((await explain(folder)).map(changesOf), [
    ['changed', { ...changed, first: [{ path: 'b.txt', how: 'content' }] }],
    'hit',
    'hit',
    ['changed', { ...changed, first: [{ path: 'tools/b.txt', how: 'content' }] }],
  ]);

  await chmod(join(folder, 'a.txt'), 0o755);
  const mode = { ...changed, first: [{ path: 'a.txt', how: 'mode', before: '0644', after: '0755' }] };
  const [tools, workdir, app, from] = (await explain(folder)).map(changesOf);
  assert.deepEqual([tools, workdir, app], [['changed', mode], 'hit', ['changed', mode]]);
  assert.deepEqual(from, ['changed', { what: 'step', step: 'stage-1 3/4 COPY a.txt app-$VERSION.txt' }]);

  const version = (await explain(folder, { buildArgs: { VERSION: '2' } })).map(changesOf);
  assert.deepEqual(version[2], [
    'changed',
    { what: 'part', part: 'destination', before: 'app-1.txt', after: 'app-2.txt' },
  ]);
  assert.deepEqual((await explain(folder, { noCacheFilter: ['tools'] })).map(changesOf)[0], ['no-cache']);
});

test('a base that moved is named with what it was and is, and an instruction that moved is found again', async (t) => {
  const { context, explain, images, build, image } = await bench(t);
  const base = async (text: string): Promise<void> => {
    const folder = await context({ Dockerfile: 'FROM scratch\nCOPY x /x\n', x: text });
    images.set('base', await image(await build(folder)));
  };
  await base('one');
  const [before] = [images.get('base')?.descriptor.digest];
  const folder = await context({ Dockerfile: 'FROM base\nCOPY a /a\nCOPY b /b\n', a: 'a', b: 'b' });
  await explain(folder);
  await base('two');
  const after = images.get('base')?.descriptor.digest;
  assert.deepEqual((await explain(folder)).map(changesOf), [
    ['changed', { what: 'base', name: 'base', before, after }],
    ['changed', { what: 'base', name: 'base', before, after }],
  ]);

  await writeFile(join(folder, 'Dockerfile'), 'FROM base\nWORKDIR /new\nCOPY a /a\nCOPY b /b\n');
  const workdir = { what: 'part', part: 'workdir', before: '/', after: '/new' };
  const step = { what: 'step', step: 'stage-0 1/3 WORKDIR /new' };
  assert.deepEqual((await explain(folder)).map(changesOf)[1], ['changed', workdir, step]);
});

test('a result that is gone is told from one that never was', async (t) => {
  const { context, explain, cacheFolder } = await bench(t);
  const folder = await context({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'a' });
  await explain(folder);
  for await (const path of glob('steps/**/*.json', { cwd: cacheFolder })) await rm(join(cacheFolder, path));
  assert.deepEqual((await explain(folder)).map(changesOf), [['removed']]);
});

test('the history keeps builds that failed with their line, and finds builds by the end of their id', async (t) => {
  const { context, explain, history } = await bench(t);
  const folder = await context({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'a' });
  await explain(folder);
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY a /a\nCOPY missing /b\n');
  await assert.rejects(explain(folder));
  const records = openHistory(history);
  const [last = '', first = ''] = await records.ids();
  const failed = await findBuild(records, last.slice(-4));
  assert.deepEqual([failed.state, failed.error?.line, failed.error?.code], ['failed', 3, 'BUILD_INVALID']);
  assert.deepEqual(
    failed.steps.map(({ state, line }) => [state, line]),
    [
      ['cached', 2],
      ['failed', 3],
    ],
  );
  assert.equal((await findBuild(records, first)).state, 'done');
  assert.equal((await findBuild(records, undefined)).id, last);
  await assert.rejects(findBuild(records, 'none'), (error) => isLadingError(error, 'BUILD_NOT_FOUND'));
});

test('a build that was killed is told from one that runs', async (t) => {
  const folder = await temporaryFolder(t);
  const recorder = await BuildRecorder.start(folder, { file: '/x/Dockerfile', tags: [] });
  const record = await openHistory(folder).read(recorder.id);
  assert.ok(record !== undefined);
  assert.equal(buildState(record), 'running');
  assert.equal(buildState({ ...record, process: record.process.replace(/\.\d+\./, '.4194303.') }), 'killed');
});

test('the critical path goes through the stages that were waited for', () => {
  const step = (id: string, stage: string, startMs: number, durationMs: number) =>
    ({ id, title: id, stage, state: 'done', startMs, durationMs, key: digestOf(id) }) as const;
  const steps = [
    step('a1', 'a', 0, 100),
    step('b1', 'b', 0, 10),
    step('c1', 'c', 0, 5),
    step('a2', 'a', 100, 50),
    step('c2', 'c', 150, 20),
    step('d1', 'd', 0, 120),
  ];
  const stages = [
    { name: 'a', needs: [] },
    { name: 'b', needs: [] },
    { name: 'c', needs: ['a', 'b'] },
    { name: 'd', needs: [] },
  ];
  assert.deepEqual(
    criticalPath({ steps, stages }).map(({ id }) => id),
    ['a1', 'a2', 'c2'],
  );
});
