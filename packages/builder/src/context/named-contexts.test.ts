import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { copy } from '@lading/image';
import { openOciLayout } from '@lading/store';
import { findProgram, skipUnless, startHttpServer, temporaryFolder } from '@lading/testkit';
import { gitRepository } from '../testing/git-server.ts';
import { type Workbench, workbench } from '../testing/workbench.ts';

/** An image with one file, under a name. */
async function withImage(bench: Workbench, name: string, text: string): Promise<string> {
  const context = await bench.context({ who: text, Dockerfile: `FROM scratch\nCOPY who /\nENV WHO=${text}\n` });
  const built = await bench.build(context);
  bench.images.set(name, await bench.image(built));
  return built.manifest.digest;
}

async function who(bench: Workbench, dockerfile: string, contexts: Record<string, string>): Promise<unknown> {
  const built = await bench.build(await bench.context({ Dockerfile: dockerfile, who: 'main' }), { contexts });
  return (await bench.files(built)).who?.slice(9);
}

test('a named context stands in the place of an image, a stage, and what --from names', async (t) => {
  const bench = await workbench(t);
  await withImage(bench, 'base', 'base');
  await withImage(bench, 'other', 'other');
  const folder = await bench.context({ who: 'folder', left: 'out', '.dockerignore': 'left' });
  const image = 'docker-image://other';
  assert.equal(await who(bench, 'FROM base\n', {}), 'base');
  for (const name of ['base', 'base:latest', 'docker.io/library/base'])
    assert.equal(await who(bench, 'FROM base\n', { [name]: image }), 'other', name);
  assert.equal(await who(bench, 'FROM base:2\n', { 'base:2': image }), 'other');
  assert.equal(await who(bench, 'FROM base\n', { base: 'docker-image://scratch' }), undefined);
  assert.equal(await who(bench, 'FROM absent AS build\nRUN never\nFROM build\n', { build: image }), 'other');
  assert.equal(
    await who(bench, 'FROM absent AS Build\nRUN never\nFROM scratch\nCOPY --from=build /who /\n', { build: folder }),
    'folder',
  );
  assert.equal(await who(bench, 'FROM scratch\nCOPY --from=tools who /\n', { tools: image }), 'other');
  assert.equal(await who(bench, 'FROM scratch\nCOPY --from=tools who /\n', { tools: `local:${folder}` }), 'folder');
  assert.equal(await who(bench, 'FROM base\n', { base: folder }), 'folder');
  await assert.rejects(
    who(bench, 'FROM scratch\nCOPY --from=tools left /\n', { tools: folder }),
    (error) => isLadingError(error, 'BUILD_INVALID') && /from the context tools/.test(error.message),
  );
  const config = (
    await bench.image(
      await bench.build(await bench.context({ Dockerfile: 'FROM base\n' }), { contexts: { base: image } }),
    )
  ).config;
  assert.ok(config.config?.Env?.includes('WHO=other'));
});

test('a named context may be a layout, an archive or a file at an address, or a repository', async (t) => {
  const bench = await workbench(t);
  const digest = await withImage(bench, 'base', 'layout');
  const path = join(await temporaryFolder(t), 'layout');
  const layout = await openOciLayout(path, { create: true });
  await copy(bench.output, layout, { from: digest, to: 'v1' });
  const fresh = await workbench(t);
  for (const place of [path, `${path}:v1`, `${path}@${digest}`])
    assert.equal(await who(fresh, 'FROM x\n', { x: `oci-layout://${place}` }), 'layout');
  await assert.rejects(who(fresh, 'FROM x\n', { x: `oci-layout://${path}:v2` }), (error) =>
    isLadingError(error, 'REFERENCE_NOT_FOUND'),
  );

  const server = await startHttpServer(t, (_request, response) => response.end('plain'));
  assert.equal(await who(fresh, 'FROM scratch\nCOPY --from=x who /\n', { x: `http://${server.host}/who` }), 'plain');
  if (!skipUnless(t, findProgram('git') !== undefined, 'the program git is not installed')) return;
  const { url, commit } = await gitRepository(t, await temporaryFolder(t));
  await commit({ who: 'git' });
  for (const text of [url, `git:${url}`])
    assert.equal(await who(fresh, 'FROM scratch\nCOPY --from=x who /\n', { x: text }), 'git');
});

test('a recipe as a named context is what the caller builds of it; names that cannot be are refused', async (t) => {
  const images = await workbench(t);
  await withImage(images, 'recipe', 'recipe');
  const asked: unknown[] = [];
  const part = { kind: 'recipe', name: 'part', uri: 'pkg:deb/debian/part@1', digest: { sha256: '0' } } as const;
  const resolveContext = async (address: string, _platform: unknown, { locked }: { locked: boolean }) => {
    asked.push([address, locked]);
    return { image: images.images.get('recipe')!, materials: [part] };
  };
  const bench = await workbench(t, { output: images.output, environment: { resolveContext } });
  assert.equal(await who(bench, 'FROM base\n', { base: 'recipe:base.yaml' }), 'recipe');
  assert.deepEqual(asked, [['recipe:base.yaml', false]]);
  // Without a name, it lies in the context.
  const context = await bench.context({ Dockerfile: 'FROM recipe:bases/base.yaml AS one\nFROM one\n' });
  const built = await bench.build(context);
  assert.equal((await bench.files(built)).who?.slice(9), 'recipe');
  assert.deepEqual(asked.at(-1), [`recipe:${join(context, 'bases/base.yaml')}`, false]);
  assert.deepEqual(
    built.materials.map(({ name }) => name),
    ['part', 'recipe:bases/base.yaml'],
  );
  for (const [name, place] of [
    ['context', '/'],
    ['scratch', '/'],
    ['A b', '/'],
    ['x', ''],
    ['x', '-'],
    ['x', 'oci-layout://a:b:c@d'],
  ] as const)
    await assert.rejects(
      who(bench, 'FROM scratch\n', { [name]: place }),
      (error) => isLadingError(error, 'USAGE'),
      name,
    );
});
