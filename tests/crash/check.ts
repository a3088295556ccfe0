// What has to be so after any crash. Looks with the stores' own API, and then goes on working with what it found.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { drain, fromBuffer } from '@lading/bytes';
import { type Catalog, openCatalog, verifyJournal } from '@lading/catalog';
import { isLadingError } from '@lading/errors';
import { algorithmOf, type Digest, digestOf, isDigest, parseManifest } from '@lading/oci';
import {
  type DirectoryStore,
  type Journal,
  openDirectoryStore,
  openOciLayout,
  parseLayoutIndex,
  put,
  type ReferenceStore,
} from '@lading/store';
import { mixedBytes } from '@lading/testkit';
import { tablesOf } from '../../packages/catalog/src/testing/tables.ts';
import type { Check } from './harness.ts';
import { type Ledger, type OpenIngest, type Place, readLedger } from './ledger.ts';
import { openJournal } from './open-journal.ts';
import type { Random } from './random.ts';
import type { Scenario, ScenarioKind } from './scenario.ts';

type Content = Omit<DirectoryStore, 'root'>;

/** Says what is wrong, a line each; nothing when all is well. Changes the folder. */
export function checkOf({ kind }: Scenario): Check {
  return (root, marks, random) => checkStores(kind, root, readLedger(marks), random);
}

async function checkStores(
  kind: ScenarioKind,
  root: string,
  ledger: Ledger,
  random: Random,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  try {
    if (kind === 'layout') await checkLayout(root, ledger, random, wrong);
    else await checkHome(kind, root, ledger, random, wrong);
  } catch (error) {
    wrong.push(`it cannot be used: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  }
  return wrong;
}

async function checkLayout(root: string, ledger: Ledger, random: Random, wrong: string[]): Promise<void> {
  const { path, content, references } = await openOciLayout(join(root, 'layout'), { create: true });
  await checkContent('layout', content, ledger, random, wrong);
  await checkReferences('layout', content, references, ledger, wrong);
  // Other programs know of a manifest by index.json alone.
  const { manifests } = parseLayoutIndex(readFileSync(join(path, 'index.json')), path);
  const listed = new Set<string>(manifests.map(({ digest }) => digest));
  for (const [digest, sizes] of ledger.values('layout', 'manifest')) {
    if (!sizes.has(null) && !listed.has(digest)) wrong.push(`manifest ${digest} was recorded and is not listed`);
  }
  await goOn(content, references, wrong);
}

async function checkHome(
  kind: ScenarioKind,
  root: string,
  ledger: Ledger,
  random: Random,
  wrong: string[],
): Promise<void> {
  const content = await openDirectoryStore(join(root, 'home/content'));
  await checkContent('home', content, ledger, random, wrong);
  if (kind === 'content') return goOn(content, undefined, wrong);
  const path = join(root, 'names/catalog.sqlite');
  const journal = kind === 'registry' ? await openJournal(join(root, 'home/journal')) : undefined;
  const catalog = await openCatalog({ path, journal, content });
  try {
    await checkReferences('home', content, catalog.references('app'), ledger, wrong);
    await checkHistory(catalog, ledger, wrong);
    for (const [digest, sizes] of ledger.values('home', 'link')) {
      const size = isDigest(digest) ? await catalog.blob('app', digest) : undefined;
      if (!sizes.has(size ?? null)) wrong.push(`blob ${digest} was linked and is ${size ?? 'unknown'}`);
    }
    await goOn(content, catalog.references('app'), wrong);
    if (journal !== undefined) await checkJournal(journal, content, catalog, wrong);
  } finally {
    await catalog.close();
    await journal?.close();
  }
  const database = new DatabaseSync(path);
  for (const pragma of ['integrity_check', 'foreign_key_check']) {
    const rows = database.prepare(`PRAGMA ${pragma}`).all();
    const said = rows.map((row) => Object.values(row).join(' ')).join('; ');
    if (said !== '' && said !== 'ok') wrong.push(`the catalog is damaged: ${pragma}: ${said}`);
  }
  database.close();
}

/** Its chain holds, and replayed into an empty database it gives the same tables. */
async function checkJournal(journal: Journal, content: Content, catalog: Catalog, wrong: string[]): Promise<void> {
  const { damage } = await verifyJournal(journal);
  if (damage !== undefined) wrong.push(`the journal is damaged: ${damage}`);
  const replayed = await openCatalog({ path: ':memory:', journal, content });
  try {
    const [told, there] = [await tablesOf(replayed.database), await tablesOf(catalog.database)];
    for (const [table, rows] of Object.entries(told)) {
      if (!isDeepStrictEqual(rows, there[table]))
        wrong.push(`the journal gives another table ${table} than the one that is there`);
    }
  } finally {
    await replayed.close();
  }
}

/** Every blob that can be seen is whole; what was promised is there; writes on their way can be gone on with or collected. */
async function checkContent(
  place: Place,
  content: Content,
  ledger: Ledger,
  random: Random,
  wrong: string[],
): Promise<void> {
  const seen = new Map<string, number>();
  for await (const { digest, size } of content.list()) {
    seen.set(digest, size);
    if (!isWhole(content, digest)) wrong.push(`${digest} can be seen and is not whole: it has ${size} bytes`);
  }
  for (const [digest, sizes] of ledger.values(place, 'blob')) {
    const size = seen.get(digest);
    if (!sizes.has(size ?? null))
      wrong.push(`${digest} was promised and is ${size === undefined ? 'not there' : `of ${size} bytes`}`);
  }
  const one = random.pick([...seen.keys()]);
  // Once in the way of callers, who read it verified.
  if (isDigest(one)) await drain(await content.open(one));
  for (const ingest of [...ledger.ingests.values()].slice(-2)) {
    if (ingest.place === place) await goOnWriting(content, ingest, random.chance(0.5), wrong);
  }
  await Array.fromAsync(content.leases());
  await content.collectIngests(-1);
}

function isWhole(content: Content, digest: Digest): boolean {
  return digestOf(readFileSync(content.localPath(digest)), algorithmOf(digest)) === digest;
}

/**
 * Whatever a crash left of a write: who goes on with it ends with the right content, or is refused and can begin anew. What is stored is
 * right in any case.
 */
async function goOnWriting(content: Content, left: OpenIngest, adopt: boolean, wrong: string[]): Promise<void> {
  const { id, digest, size, seed } = left;
  const bytes = mixedBytes(size, seed);
  const expected = { digest, size };
  try {
    const ingest = await content.begin(adopt ? { expected, adopt } : { expected, resume: id });
    await ingest.append(fromBuffer(bytes.subarray(ingest.offset)));
    await ingest.commit();
  } catch (error) {
    if (!isLadingError(error, 'INGEST_NOT_FOUND', 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) throw error;
    await put(content, bytes, expected);
  }
  if (!isWhole(content, digest)) wrong.push(`${digest} was gone on with and is not whole`);
}

async function checkReferences(
  place: Place,
  content: Content,
  references: ReferenceStore,
  ledger: Ledger,
  wrong: string[],
): Promise<void> {
  const promised = ledger.values(place, 'tag');
  const tags = new Map<string, Digest>();
  for await (const name of references.tags()) {
    const found = await references.resolve(name);
    if (found === undefined) wrong.push(`tag ${name} is listed and leads nowhere`);
    else tags.set(name, found.digest);
    if (!promised.has(name)) wrong.push(`tag ${name} was never made`);
  }
  for (const [name, values] of promised) {
    const found = tags.get(name) ?? null;
    if (!values.has(found)) wrong.push(`tag ${name} is ${found}, and was promised to be ${[...values].join(' or ')}`);
  }
  // A name never leads to what is not there.
  for (const [name, digest] of tags) {
    const missing = await missingOf(content, digest);
    if (missing !== undefined) wrong.push(`tag ${name} leads to ${missing}, which is not there`);
  }
  for (const [digest, sizes] of ledger.values(place, 'manifest')) {
    const found = isDigest(digest) ? await references.resolve(digest) : undefined;
    if (!sizes.has(found?.size ?? null))
      wrong.push(`manifest ${digest} was recorded and is ${found?.size ?? 'unknown'}`);
  }
}

/** The manifest, or the first of its children, that content does not have. */
async function missingOf(content: Content, digest: Digest): Promise<Digest | undefined> {
  if ((await content.stat(digest)) === undefined) return digest;
  const { value } = parseManifest(readFileSync(content.localPath(digest)));
  const children = 'layers' in value ? [value.config, ...value.layers] : value.manifests;
  for (const child of children) if ((await content.stat(child.digest)) === undefined) return child.digest;
  return undefined;
}

/** The history of a tag is written in one transaction with the tag. */
async function checkHistory(catalog: Catalog, ledger: Ledger, wrong: string[]): Promise<void> {
  for (const name of ledger.values('home', 'tag').keys()) {
    const found = await catalog.references('app').resolve(name);
    const [latest] = await catalog.tagHistory('app', name);
    if (found?.digest !== latest?.digest)
      wrong.push(`tag ${name} is ${found?.digest}, in its history ${latest?.digest}`);
  }
}

const newBytes = Buffer.from(
  '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
);

/** New content and a new name can be added, and nothing that was there goes by it. */
async function goOn(content: Content, references: ReferenceStore | undefined, wrong: string[]): Promise<void> {
  const stored = await put(content, newBytes, { mediaType: 'application/vnd.oci.image.index.v1+json' });
  if (!isWhole(content, stored.digest)) wrong.push('new content is not whole');
  if (references === undefined) return;
  const before = await Array.fromAsync(references.tags());
  await references.record(stored, newBytes);
  await references.tag('new', stored);
  const after = await Array.fromAsync(references.tags());
  if (after.join() !== [...before, 'new'].sort().join()) wrong.push(`a new tag made ${before} into ${after}`);
  if (!(await references.untag('new'))) wrong.push('a new tag cannot be removed');
}
