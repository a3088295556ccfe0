import assert from 'node:assert/strict';
import { readdir, rename } from 'node:fs/promises';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import { findProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { dockerfileBuild } from '../provenance/dockerfile-build.ts';
import type { Provenance } from '../provenance/statement.ts';
import type { BuildEnvironment, BuildRequest } from '../request.ts';
import { gitRepository } from '../testing/git-server.ts';
import { alpineWorkbench, type Workbench, workbench } from '../testing/workbench.ts';
import { type Rebuilt, rebuildImage } from './rebuild-image.ts';
import type { RebuildInputs } from './rebuild-inputs.ts';

interface Original {
  readonly image: Image;
  readonly provenance: Provenance;
  readonly context: string;
}

async function original(
  bench: Workbench,
  files: Record<string, string>,
  request: Partial<BuildRequest> = {},
): Promise<Original> {
  const context = await bench.context(files);
  const result = await bench.build(context, request);
  const buildDefinition = dockerfileBuild({ context, ...request }, result, result);
  // As it would be read again.
  const provenance = JSON.parse(JSON.stringify({ buildDefinition, runDetails: { builder: { id: 'x' } } }));
  return { image: await bench.image(result), provenance, context };
}

function rebuilt(
  bench: Workbench,
  { image, provenance, context }: Original,
  inputs: RebuildInputs = {},
  environment: Partial<BuildEnvironment> = {},
): Promise<Rebuilt> {
  return rebuildImage(
    { image, provenance, context, ...inputs },
    {
      output: bench.output,
      cacheFolder: bench.cacheFolder,
      snapshots: () => Promise.reject(new Error('nothing should run')),
      resolveBase: async (name) => {
        const found = bench.images.get(name) ?? bench.images.get(name.replace(/^docker\.io\/library\/|:latest/g, ''));
        if (found === undefined) throw new Error(`no image ${name}`);
        return found;
      },
      ...environment,
    },
  );
}

const dockerfile = [
  'ARG V=1',
  'FROM base AS final',
  'ARG V',
  'WORKDIR /srv',
  'COPY --chmod=640 a b ./',
  'LABEL v=$V',
  'FROM scratch',
].join('\n');
const files = { Dockerfile: dockerfile, a: 'A', b: 'B', '.dockerignore': 'Dockerfile\n' };

async function withBase(bench: Workbench, name = 'base', content = 'x'): Promise<Image> {
  const base = await bench.image(
    await bench.build(await bench.context({ Dockerfile: 'FROM scratch\nCOPY x /x\n', x: content })),
  );
  bench.images.set(name, base);
  return base;
}

test('an image is built again from its provenance, in another folder, with nothing from the cache, and is the same', async (t) => {
  const bench = await workbench(t);
  const base = await withBase(bench);
  const request: Partial<BuildRequest> = {
    target: 'final',
    buildArgs: { V: '2' },
    labels: { own: '1' },
    annotations: { note: 'n' },
    compression: { compression: 'zstd' },
    created: 1_100_000_000,
  };
  const first = await original(bench, files, request);
  // The name means another image by now.
  bench.images.set(`docker.io/library/base:latest@${base.descriptor.digest}`, base);
  await withBase(bench, 'base', 'newer');
  const elsewhere = await bench.context(files);
  const before = bench.events.length;
  const result = await rebuilt(bench, { ...first, context: elsewhere }, {}, { onEvent: (e) => bench.events.push(e) });
  assert.deepEqual(result, {
    equal: true,
    digest: first.image.descriptor.digest,
    rebuilt: first.image.descriptor.digest,
    differences: [],
  });
  const ends = bench.events.slice(before).flatMap((event) => (event.kind === 'step-end' ? [event.cached] : []));
  assert.deepEqual(ends, [false, false]);
  assert.deepEqual(
    (await readdir(bench.cacheFolder)).filter((name) => name.startsWith('rebuild')),
    [],
  );
});

test('a context that changed is told, down to the instruction, path and header field', async (t) => {
  const bench = await workbench(t);
  await withBase(bench);
  bench.images.set(
    `docker.io/library/base:latest@${bench.images.get('base')?.descriptor.digest}`,
    bench.images.get('base')!,
  );
  const first = await original(bench, files, { target: 'final' });
  const context = await bench.context({ ...files, a: 'changed' });
  await rename(`${context}/b`, `${context}/c`);
  await assert.rejects(rebuilt(bench, { ...first, context }), /no b|b/);
  await rename(`${context}/c`, `${context}/b`);
  const { equal, differences } = await rebuilt(bench, { ...first, context });
  assert.equal(equal, false);
  const [material, layer, ...others] = differences;
  assert.deepEqual(others, []);
  assert.equal(material?.kind === 'material' && material.name, 'context');
  assert.ok(layer?.kind === 'layer');
  assert.deepEqual(
    { ...layer, entries: layer.entries.map((entry) => ({ ...entry, before: undefined, after: undefined })) },
    {
      ...{ kind: 'layer', layer: 3, instruction: 'COPY --chmod=640 a b ./', line: 5, what: 'entries' },
      entries: [
        { kind: 'changed', path: 'srv/a', field: 'size', before: undefined, after: undefined },
        { kind: 'changed', path: 'srv/a', field: 'content', before: undefined, after: undefined },
      ],
    },
  );
});

test('an image that was changed after it was built is told: config, annotations, compression', async (t) => {
  const bench = await workbench(t);
  const first = await original(bench, { Dockerfile: 'FROM scratch\nCOPY a /a\nENV A=1\n', a: 'A' });
  const { config, manifest } = first.image;
  const tampered: Image = {
    ...first.image,
    descriptor: {
      ...first.image.descriptor,
      digest: `sha256:${'0'.repeat(64)}` as typeof first.image.descriptor.digest,
    },
    config: { ...config, config: { ...config.config, Env: ['A=2'], User: 'me' } },
    manifest: { ...manifest, annotations: { by: 'hand' } },
    layers: first.image.layers.map((layer) => ({
      ...layer,
      descriptor: { ...layer.descriptor, digest: `sha256:${'1'.repeat(64)}` as typeof layer.descriptor.digest },
    })),
  };
  const { differences } = await rebuilt(bench, { ...first, image: tampered });
  assert.deepEqual(
    differences.map((one) => [one.kind, 'member' in one ? one.member : 'what' in one && one.what]),
    [
      ['layer', 'compression'],
      ['config', 'config.Env[0]'],
      ['config', 'config.Env[1]'],
      ['config', 'config.User'],
      ['manifest', 'annotations'],
    ],
  );
});

test('what provenance does not hold is asked for, and what is not known here is refused', async (t) => {
  const bench = await workbench(t);
  const first = await original(
    bench,
    { Dockerfile: 'FROM scratch\nARG API_TOKEN\nCOPY a /$API_TOKEN\n', a: 'A' },
    { buildArgs: { API_TOKEN: 'geheim' } },
  );
  const refused = async (code: string, text: RegExp, change: Partial<Provenance['buildDefinition']>, inputs = {}) => {
    const provenance = { ...first.provenance, buildDefinition: { ...first.provenance.buildDefinition, ...change } };
    await assert.rejects(rebuilt(bench, { ...first, provenance }, inputs), (error) => {
      assert.ok(isLadingError(error));
      assert.equal(error.code, code);
      assert.match(`${error.message} ${error.hint}`, text);
      return true;
    });
  };
  await refused('BUILD_INVALID', /API_TOKEN.*--build-arg API_TOKEN=/, {});
  await refused('BUILD_INVALID', /a folder of the machine that built it.*--context/, {}, { context: undefined });
  await refused(
    'BUILD_UNSUPPORTED',
    /format profile "lading\/9".*lading\/1/,
    {
      internalParameters: { formatProfile: 'lading/9', epoch: 1 },
    },
    { buildArgs: { API_TOKEN: 'geheim' } },
  );
  await refused('BUILD_UNSUPPORTED', /built as https:\/\/other/, { buildType: 'https://other.example.org/' });
  await refused('PROVENANCE_INVALID', /lacks/, { externalParameters: {} });
  assert.equal((await rebuilt(bench, first, { buildArgs: { API_TOKEN: 'geheim' } })).equal, true);
});

test('a record chooses no place of this machine and no rights', async (t) => {
  const bench = await workbench(t);
  const first = await original(bench, { Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'A' });
  const { buildDefinition } = first.provenance;
  const told = async (change: object, inputs: RebuildInputs = {}): Promise<unknown> => {
    const externalParameters = { ...buildDefinition.externalParameters, ...change };
    const provenance = { ...first.provenance, buildDefinition: { ...buildDefinition, externalParameters } };
    return rebuilt(bench, { ...first, provenance }, inputs).then(
      ({ equal }) => equal,
      (error) => isLadingError(error) && error.code,
    );
  };
  for (const place of [
    first.context,
    `file://${first.context}`,
    'local:/etc',
    'oci-layout:///x',
    'recipe:/x.yaml',
    '.',
  ]) {
    assert.equal(await told({ context: place }, { context: undefined }), 'BUILD_INVALID', place);
    assert.equal(await told({ contexts: { other: place } }), 'BUILD_INVALID', place);
  }
  assert.equal(await told({ contexts: { other: 'local' } }, { contexts: { other: first.context } }), true);
  assert.equal(
    await told({
      dockerfile: { ...(buildDefinition.externalParameters as { dockerfile: object }).dockerfile, name: '../../x' },
    }),
    true,
  );
  assert.equal(await told({ allow: ['security.insecure'] }), 'BUILD_DENIED');
  assert.equal(await told({ network: 'host' }, { allow: new Set(['security.insecure']) }), 'BUILD_DENIED');
  assert.equal(await told({ network: 'host' }, { allow: new Set(['network.host']) }), true);
});

test('an image from a repository is rebuilt from its commit, after the branch has moved', async (t) => {
  if (!skipUnless(t, findProgram('git') !== undefined, 'git')) return;
  const bench = await workbench(t);
  const repository = await gitRepository(t, await temporaryFolder(t));
  const commit = await repository.commit({ 'app/Dockerfile': 'FROM scratch\nCOPY a /\n', 'app/a': 'A' });
  const context = `${repository.url}#main:app`;
  const result = await bench.build(context);
  const buildDefinition = dockerfileBuild({ context }, result, result);
  assert.equal(buildDefinition.resolvedDependencies[0]?.digest?.sha1, commit);
  await repository.commit({ 'app/a': 'B' });
  const provenance = { buildDefinition, runDetails: { builder: { id: 'x' } } };
  const again = await rebuildImage(
    { image: await bench.image(result), provenance },
    {
      output: bench.output,
      cacheFolder: bench.cacheFolder,
      snapshots: () => Promise.reject(new Error('nothing should run')),
      resolveBase: () => Promise.reject(new Error('no base')),
    },
  );
  assert.equal(again.equal, true);
});

test('a RUN whose result depends on the time is found out, by path and field', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const alpine = bench.images.get('alpine')!;
  bench.images.set(`docker.io/library/alpine:latest@${alpine.descriptor.digest}`, alpine);
  const first = await original(bench, {
    Dockerfile:
      'FROM alpine\nRUN echo same > /same\nRUN mkdir /d && cat /proc/sys/kernel/random/uuid > /d/uuid && chmod 600 /d/uuid\n',
  });
  const { equal, differences } = await rebuilt(bench, first, {}, { snapshots: async () => bench.snapshots });
  assert.equal(equal, false);
  assert.equal(differences.length, 1);
  const [layer] = differences;
  assert.ok(layer?.kind === 'layer');
  assert.equal(layer.line, 3);
  assert.match(layer.instruction ?? '', /^RUN mkdir/);
  assert.deepEqual(
    layer.entries.map((entry) => [entry.path, entry.kind === 'changed' && entry.field]),
    [['d/uuid', 'content']],
  );
});
