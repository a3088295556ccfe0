import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LayerFacts } from '@lading/facts';
import { digestOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { sampleFacts, samplePackage } from '../testing/sample-facts.ts';
import { openFactFolder } from './fact-folder.ts';
import { readLayerFacts } from './read-layer-facts.ts';
import { entry, lineCataloger, madeLayer } from './testing/made-layer.ts';

async function someFacts(): Promise<LayerFacts> {
  const layer = await madeLayer([entry.file('a\udcff', 'package a 1'), entry.symlink('b', 'a')]);
  return readLayerFacts(layer, { catalogers: [lineCataloger] });
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
}

test('a fact folder gives back what was kept, to whoever opens it', async (t) => {
  const folder = join(await temporaryFolder(t), 'made/when/needed');
  const facts = await someFacts();
  const store = openFactFolder(folder);
  assert.equal(await store.findLayer(facts.digest, facts.version), undefined);
  await store.keepLayer(facts);
  const found = await openFactFolder(folder).findLayer(facts.digest, facts.version);
  assert.deepEqual({ ...found, paths: Buffer.from(found?.paths ?? []) }, { ...facts, paths: Buffer.from(facts.paths) });

  const image = sampleFacts([samplePackage({ type: 'npm', name: 'x', version: '1' })]);
  await store.keepImage(image);
  assert.deepEqual(await openFactFolder(folder).findImage(image.digest, image.version), image);
  assert.equal((await filesIn(folder)).length, 2, 'no draft is left');
});

test('a fact folder has nothing of another version', async (t) => {
  const store = openFactFolder(await temporaryFolder(t));
  const facts = await someFacts();
  await store.keepLayer(facts);
  assert.equal(await store.findLayer(facts.digest, facts.version + 1), undefined);
  const image = sampleFacts([]);
  await store.keepImage(image);
  assert.equal(await store.findImage(image.digest, image.version + 1), undefined);
});

test('a fact folder does not have what is damaged, cut off, empty or under another name', async (t) => {
  const folder = await temporaryFolder(t);
  const store = openFactFolder(folder);
  const facts = await someFacts();
  await store.keepLayer(facts);
  const [path = ''] = await filesIn(folder);
  const whole = await readFile(path);
  const isAbsent = async (content: Uint8Array, what: string): Promise<void> => {
    await writeFile(path, content);
    assert.equal(await store.findLayer(facts.digest, facts.version), undefined, what);
  };
  for (let at = 0; at < whole.length; at += 7) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    await isAbsent(damaged, `byte ${at} of ${whole.length}`);
    await isAbsent(whole.subarray(0, at), `${at} bytes of ${whole.length}`);
  }
  const other = digestOf(Buffer.from('other'));
  await store.keepLayer({ ...facts, digest: other });
  const otherPath = (await filesIn(folder)).find((file) => file !== path) ?? '';
  await isAbsent(await readFile(otherPath), 'the facts of another layer');
  await store.keepLayer(facts);
  assert.notEqual(await store.findLayer(facts.digest, facts.version), undefined);
});

test('a fact folder that cannot be written keeps nothing, and nobody fails for it', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  const store = openFactFolder(join(file, 'below'));
  const facts = await someFacts();
  await store.keepLayer(facts);
  assert.equal(await store.findLayer(facts.digest, facts.version), undefined);
});
