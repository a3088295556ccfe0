import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest, writeArtifact } from '@lading/image';
import { emptyDescriptor, parsePlatform } from '@lading/oci';
import { get, type Repository } from '@lading/store';
import type { BuildRequest } from '../request.ts';
import { type Built, type Workbench, workbench } from '../testing/workbench.ts';
import { type AttachProvenanceOptions, type Attested, attachProvenance } from './attach-provenance.ts';
import { type DockerfileParameters, dockerfileBuild } from './dockerfile-build.ts';
import { findProvenance } from './find-provenance.ts';
import type { Provenance, Statement } from './statement.ts';

const files = { Dockerfile: 'ARG V=1\nFROM base\nARG V\nCOPY --link a /a\nLABEL v=$V\n', a: 'hi' };

async function built(
  bench: Workbench,
  request: Partial<BuildRequest> = {},
  options: Partial<AttachProvenanceOptions> = {},
): Promise<Built & Attested> {
  if (!bench.images.has('base')) {
    const base = await bench.build(await bench.context({ Dockerfile: 'FROM scratch\nCOPY b /b\n', b: 'b' }));
    bench.images.set('base', await bench.image(base));
  }
  const context = await bench.context(files);
  const result = await bench.build(context, request);
  const definitionOf: AttachProvenanceOptions['definitionOf'] = (image) =>
    dockerfileBuild({ context, ...request }, result, image);
  const usual = { mode: 'min', layout: 'referrer', version: { lading: '1' }, definitionOf } as const;
  return { ...result, ...(await attachProvenance(bench.output, result, { ...usual, ...options })) };
}

async function statementOf(output: Repository, { provenance: [artifact] }: Attested): Promise<Statement<Provenance>> {
  assert.ok(artifact);
  const document = await readManifest(output.content, artifact);
  assert.ok(document.kind === 'manifest');
  const [part] = document.value.layers;
  assert.ok(part);
  return JSON.parse((await get(output.content, part, { maxBytes: 1 << 20 })).toString('utf8'));
}

test('provenance is an in-toto v1 statement with an SLSA v1 predicate about the image manifest', async (t) => {
  const bench = await workbench(t);
  const result = await built(bench, { buildArgs: { V: '2' }, labels: { l: 'm' } });
  const statement = await statementOf(bench.output, result);
  assert.equal(statement._type, 'https://in-toto.io/Statement/v1');
  assert.equal(statement.predicateType, 'https://slsa.dev/provenance/v1');
  assert.deepEqual(statement.subject, [{ name: '_', digest: { sha256: result.manifest.digest.slice(7) } }]);
  const { buildDefinition, runDetails } = statement.predicate;
  assert.equal(buildDefinition.buildType, 'https://lading.example.org/build/dockerfile/v1');
  const parameters = buildDefinition.externalParameters as DockerfileParameters;
  const { content, ...dockerfile } = parameters.dockerfile;
  assert.equal(Buffer.from(content ?? '', 'base64').toString(), files.Dockerfile);
  assert.equal(dockerfile.name, 'Dockerfile');
  assert.deepEqual(
    { ...parameters, dockerfile: undefined },
    { context: 'local', dockerfile: undefined, platform: 'linux/amd64', buildArgs: { V: '2' }, labels: { l: 'm' } },
  );
  assert.deepEqual(buildDefinition.internalParameters, {
    formatProfile: 'lading/1',
    epoch: 1_000_000_000,
    created: 1_000_000_000,
  });
  const base = bench.images.get('base');
  assert.deepEqual(
    buildDefinition.resolvedDependencies.map(({ name, digest }) => [name, Object.keys(digest ?? {})]),
    [
      ['context', ['ladingTaken']],
      ['base', ['sha256']],
    ],
  );
  assert.equal(buildDefinition.resolvedDependencies[1]?.digest?.sha256, base?.descriptor.digest.slice(7));
  assert.deepEqual(runDetails, { builder: { id: 'https://lading.example.org/builder', version: { lading: '1' } } });
});

test('equal builds give equal provenance, in whatever folder, cold or warm; mode max tells of the run', async (t) => {
  const digests = new Set<string>();
  const bench = await workbench(t);
  for (const one of [bench, bench, await workbench(t)]) {
    digests.add((await built(one)).provenance[0]?.digest ?? '');
  }
  assert.equal(digests.size, 1);
  const run = { invocationId: 'i', startedOn: '2026-01-01T00:00:00Z', finishedOn: '2026-01-01T00:00:01Z' };
  const { runDetails } = (await statementOf(bench.output, await built(bench, {}, { mode: 'max', run }))).predicate;
  assert.deepEqual(runDetails.metadata, run);
  const steps = JSON.parse(Buffer.from(runDetails.byproducts?.[0]?.content ?? '', 'base64').toString());
  assert.deepEqual(
    steps.map(({ title }: { title: string }) => title),
    ['stage-0 2/3 COPY --link a /a'],
  );
});

test('what was taken from a context counts, and what lies beside it does not', async (t) => {
  const bench = await workbench(t);
  const taken = async (more: Record<string, string>): Promise<unknown> => {
    const context = await bench.context({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A', ...more });
    return (await bench.build(context)).materials;
  };
  const first = await taken({});
  assert.deepEqual(await taken({ beside: 'x' }), first);
  assert.notDeepEqual(await taken({ a: 'B' }), first);
});

test('no secret gets into provenance: neither values, nor arguments that look like some, nor credentials in addresses', async (t) => {
  const bench = await workbench(t);
  const result = await built(bench, {
    buildArgs: {
      ...{ V: '2', API_TOKEN: 'geheim1', REPO: 'https://me:geheim2@example.org/', http_proxy: 'http://me:geheim3@p/' },
    },
    secrets: new Map([['npm', { kind: 'env', name: 'GEHEIM4' }]]) as unknown as BuildRequest['secrets'],
    contexts: { other: 'https://me:geheim5@example.org/x.git#main' },
  });
  const statement = await statementOf(bench.output, result);
  const text = JSON.stringify(statement);
  assert.ok(!/geheim/i.test(text), text);
  const parameters = statement.predicate.buildDefinition.externalParameters as DockerfileParameters;
  assert.deepEqual(parameters.buildArgs, { V: '2' });
  assert.deepEqual(parameters.redactedBuildArgs, ['API_TOKEN', 'REPO']);
  assert.deepEqual(parameters.secrets, ['npm']);
  assert.deepEqual(parameters.contexts, { other: 'https://example.org/x.git#main' });
  assert.ok(!text.includes('/tmp/'), 'nor a folder of this machine');
});

test('the layout of BuildKit lists image and provenance side by side, and leaves the image alone', async (t) => {
  const bench = await workbench(t);
  const platforms = ['linux/amd64', 'linux/arm64'].map((text) => parsePlatform(text));
  const plain = await built(bench, { platforms });
  const result = await built(bench, { platforms }, { layout: 'buildkit' });
  const document = await readManifest(bench.output.content, result.manifest);
  assert.ok(document.kind === 'index');
  const [one, other, ofOne, ofOther] = document.value.manifests;
  assert.deepEqual(
    [one?.digest, other?.digest],
    plain.images.map(({ manifest }) => manifest.digest),
  );
  for (const [image, attestation] of [
    [one, ofOne],
    [other, ofOther],
  ]) {
    assert.deepEqual(attestation?.platform, { architecture: 'unknown', os: 'unknown' });
    assert.deepEqual(attestation?.annotations, {
      'vnd.docker.reference.digest': image?.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    });
    assert.ok(attestation);
    const manifest = await readManifest(bench.output.content, attestation);
    assert.ok(manifest.kind === 'manifest');
    assert.equal(manifest.value.subject?.digest, image?.digest);
    assert.deepEqual({ ...manifest.value.config }, { ...emptyDescriptor });
    const layers = manifest.value.layers.map(({ mediaType, annotations }) => [mediaType, annotations]);
    const type = { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' };
    assert.deepEqual(layers, [['application/vnd.in-toto+json', type]]);
  }
});

test('provenance is found among referrers and beside the image in an index, and what is false in it is refused', async (t) => {
  const bench = await workbench(t);
  const { output } = bench;
  const result = await built(bench, {}, { layout: 'buildkit' });
  const [image] = result.images;
  assert.ok(image);
  const found = await findProvenance(output, image.manifest);
  assert.equal(found?.buildDefinition.buildType, 'https://lading.example.org/build/dockerfile/v1');
  const index = await readManifest(output.content, result.manifest);
  assert.ok(index.kind === 'index');
  const silent: Repository = { ...output, references: { ...output.references, async *referrers() {} } };
  assert.equal(await findProvenance(silent, image.manifest), undefined);
  assert.deepEqual(await findProvenance(silent, image.manifest, { index }), found);

  const artifactOf = (statement: unknown) =>
    writeArtifact(output, {
      artifactType: 'application/vnd.in-toto+json',
      parts: [
        {
          mediaType: 'application/vnd.in-toto+json',
          bytes: Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement)),
          annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' },
        },
      ],
    });
  const statement = await statementOf(output, result);
  for (const [bad, why] of [
    ['{', /no JSON/],
    [null, /type undefined/],
    [{ ...statement, subject: [{ digest: { sha256: 'other' } }] }, /another image/],
    [{ ...statement, predicate: {} }, /missing/],
  ] as const) {
    const descriptor = await artifactOf(bad);
    const lying: Repository = {
      ...output,
      references: {
        ...output.references,
        async *referrers() {
          yield descriptor;
        },
      },
    };
    await assert.rejects(findProvenance(lying, image.manifest), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'PROVENANCE_INVALID');
      return why.test(error.message);
    });
  }
});

test('an image says what it was built on, unless it is flat or says otherwise', async (t) => {
  const bench = await workbench(t);
  const annotationsOf = async (request: Partial<BuildRequest>): Promise<unknown> =>
    (await bench.image(await built(bench, request))).manifest.annotations;
  const digest = async (): Promise<unknown> => bench.images.get('base')?.descriptor.digest;
  const name = 'docker.io/library/base:latest';
  assert.deepEqual(await annotationsOf({}), {
    'org.opencontainers.image.base.digest': await digest(),
    'org.opencontainers.image.base.name': name,
  });
  assert.deepEqual(await annotationsOf({ annotations: { 'org.opencontainers.image.base.name': 'mine' } }), {
    'org.opencontainers.image.base.digest': await digest(),
    'org.opencontainers.image.base.name': 'mine',
  });
  assert.equal(await annotationsOf({ squash: 'all' }), undefined);
});
