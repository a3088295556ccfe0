import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { opaqueOf, type TarEntryInput, whiteoutOf, writeTar } from '@lading/tar';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { entry, layerTar } from '../internal/made-layer.ts';
import { readLayer } from '../layer.ts';
import { type DiveFigures, diveFigures } from './dive-figures.ts';

const { file, directory, symlink, hardlink } = entry;

/** What each is about, and its layers. */
const images: Readonly<Record<string, readonly (readonly TarEntryInput[])[]>> = {
  'a file in two layers': [[file('a', '12345'), file('b', '1')], [file('a', '123')]],
  'a removed file counts as nothing': [[file('a', '12345'), file('b', '1')], [file(whiteoutOf('a'))]],
  'a removed directory counts as what was inside': [
    [directory('d'), file('d/one', '12345'), file('d/two', '12')],
    [file('d/one', '1')],
    [file(whiteoutOf('d')), file('e', '9')],
  ],
  'a directory that was empty, then removed': [[directory('d')], [file('d/x', '123')], [file(whiteoutOf('d'))]],
  'a whiteout of nothing ends the counting of its layer': [
    [file('z', '12345'), file('a', '1')],
    [file('a', '22'), file(whiteoutOf('none')), file('z', '123')],
  ],
  'whiteouts in the lowest layer': [
    [file('a', '123'), file(whiteoutOf('a')), file('-x', '12'), file(whiteoutOf('-x'))],
    [file(whiteoutOf('a')), file('-x', '1')],
  ],
  'an opaque directory': [
    [directory('d'), file('d/one', '12345')],
    [directory('d'), file(opaqueOf('d')), file('d/new', '12')],
    [file(opaqueOf('new/dir'))],
  ],
  'a directory in place of a file, and the other way': [
    [file('a', '123'), directory('b'), file('b/in', '12')],
    [directory('a'), file('a/x', '1'), file('b', '1234')],
    [file(whiteoutOf('a')), file(whiteoutOf('b'))],
  ],
  links: [
    [file('a', '12345'), hardlink('h', 'a'), symlink('s', 'a')],
    [file('h', '123'), hardlink('s', 'h'), file(whiteoutOf('a'))],
  ],
  'one path twice in a layer': [
    [file('a', '12345'), file('a', '1')],
    [file('a', '12'), file('a', '1234')],
  ],
  'one layer': [[file('a', '12345')]],
  'nothing at all': [[directory('a')], [directory('a')]],
};

/** What `dive --json` says. */
async function askDive(
  program: string,
  folder: string,
  layers: readonly Buffer[],
): Promise<Omit<DiveFigures, 'userWastedRatio'>> {
  const json = (value: unknown): string => JSON.stringify(value);
  const archive = join(folder, 'image.tar');
  const paths = layers.map((_, at) => `${at}/layer.tar`);
  const entries = [
    ...layers.map((content, at) => ({ ...file(paths[at]!), size: content.length, content: fromBuffer(content) })),
    file('config.json', json({ rootfs: { type: 'layers', diff_ids: paths }, history: layers.map(() => ({})) })),
    file('manifest.json', json([{ Config: 'config.json', RepoTags: ['image:1'], Layers: paths }])),
  ];
  await pipeline(writeTar(entries), createWriteStream(archive));
  const output = join(folder, 'dive.json');
  // It writes over what is there and leaves the rest of it behind.
  await rm(output, { force: true });
  const { CI: _ci, ...env } = process.env;
  const run = await runProgram(program, ['--source', 'docker-archive', archive, '--json', output], { env });
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const { image } = JSON.parse(await readFile(output, 'utf8')) as {
    image: {
      sizeBytes: number;
      inefficientBytes: number;
      efficiencyScore: number;
      fileReference: { count: number; sizeBytes: number; file: string }[];
    };
  };
  return {
    sizeBytes: image.sizeBytes,
    efficiency: image.efficiencyScore,
    wastedBytes: image.inefficientBytes,
    inefficientFiles: image.fileReference
      .map(({ file: path, count, sizeBytes: size }) => ({ path, count, size }))
      .sort((a, b) => b.size - a.size || Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))),
  };
}

async function assertAsDive(
  program: string,
  folder: string,
  layers: readonly (readonly TarEntryInput[])[],
): Promise<void> {
  const tars = await Promise.all(layers.map(layerTar));
  const { userWastedRatio, ...ours } = diveFigures(await Promise.all(tars.map((tar) => readLayer(fromBuffer(tar)))));
  assert.deepEqual(ours, await askDive(program, folder, tars));
}

test('the figures are those of dive itself, for images made to show what is odd about them', async (t) => {
  const dive = findProgram('dive');
  if (!skipUnless(t, dive !== undefined, 'dive is not installed: scripts/peers/install-clients.sh builds it')) return;
  const folder = await temporaryFolder(t);
  for (const [about, layers] of Object.entries(images)) {
    await t.test(about, () => assertAsDive(dive!, folder, layers));
  }
});

test('the figures are those of dive itself, for images made at random', async (t) => {
  const dive = findProgram('dive');
  if (!skipUnless(t, dive !== undefined, 'dive is not installed: scripts/peers/install-clients.sh builds it')) return;
  const folder = await temporaryFolder(t);
  const path = fc
    .array(fc.constantFrom('a', 'b', '-c'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));
  const member = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(path, fc.constantFrom('', 'x', 'yy', 'zzz')).map(([at, text]) => file(at, text)) },
    { weight: 2, arbitrary: path.map((at) => directory(at)) },
    { weight: 1, arbitrary: path.map((at) => file(whiteoutOf(at))) },
    { weight: 1, arbitrary: path.map((at) => file(opaqueOf(at))) },
  );
  const stack = fc.array(fc.array(member, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
  const numRuns = process.env.CI === 'true' ? 500 : 50;
  await fc.assert(
    fc.asyncProperty(stack, (layers) => assertAsDive(dive!, folder, layers)),
    { numRuns },
  );
});

test('an image without a second layer has a ratio that no budget refuses, as in dive', async () => {
  const layer = await readLayer(fromBuffer(await layerTar([file('a', '12345')])));
  assert.ok(Number.isNaN(diveFigures([layer]).userWastedRatio));
  assert.equal(diveFigures([]).efficiency, 1);
});
