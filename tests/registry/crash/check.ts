// What has to be so after any crash of the registry: opens what `lading serve` opens, in this process, and holds it against the promises.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fromBuffer } from '@lading/bytes';
import { type Catalog, openCatalog, verifyJournal } from '@lading/catalog';
import { isLadingError } from '@lading/errors';
import { algorithmOf, childrenOf, type Digest, digestOf, isDigest, parseDigest, parseManifest } from '@lading/oci';
import { type DirectoryStore, type Journal, openDirectoryJournal, openDirectoryStore, put } from '@lading/store';
import { mixedBytes } from '@lading/testkit';
import { tablesOf } from '../../../packages/catalog/src/testing/tables.ts';
import type { Check } from '../../crash/harness.ts';
import type { Random } from '../../crash/random.ts';
import { types } from './client.ts';
import { type OpenUpload, type Promises, readPromises } from './promises.ts';
import type { Scenario, ScenarioKind } from './scenario.ts';

interface Opened {
  readonly content: DirectoryStore;
  readonly journal: Journal;
  readonly catalog: Catalog;
}

/** Says what is wrong, a line each; nothing when all is well. Changes the folder. */
export function checkOf({ kind }: Scenario): Check {
  return (root, marks, random) => checkRegistry(kind, root, marks, random);
}

async function checkRegistry(
  kind: ScenarioKind,
  root: string,
  marks: Iterable<string>,
  random: Random,
): Promise<readonly string[]> {
  const promises = readPromises(marks);
  const wrong: string[] = [];
  const path = join(root, 'registry/catalog.sqlite');
  try {
    mkdirSync(join(root, 'registry'), { recursive: true });
    await using closing = new AsyncDisposableStack();
    const content = await openDirectoryStore(join(root, 'registry/content'));
    const journal = await openDirectoryJournal(join(root, 'registry/journal'));
    closing.defer(() => journal.close());
    const catalog = await openCatalog({ path, journal, content });
    closing.defer(() => catalog.close());
    const opened = { content, journal, catalog };
    await checkContent(opened, wrong);
    await checkPromises(kind, opened, promises, wrong);
    await checkWhole(opened, wrong);
    await checkHistory(opened, promises, wrong);
    await checkReindex(opened, wrong);
    for (const upload of [...promises.uploads.values()].slice(-2)) await goOnUploading(opened, upload, random, wrong);
    await goOn(opened, wrong);
    await checkReindex(opened, wrong);
  } catch (error) {
    wrong.push(`it cannot be used: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    return wrong;
  }
  const database = new DatabaseSync(path);
  for (const pragma of ['integrity_check', 'foreign_key_check']) {
    const rows = database.prepare(`PRAGMA ${pragma}`).all();
    const said = rows.map((row) => Object.values(row).join(' ')).join('; ');
    if (said !== '' && said !== 'ok') wrong.push(`the database is damaged: ${pragma}: ${said}`);
  }
  database.close();
  return wrong;
}

/** Nobody ever sees half of anything. */
async function checkContent({ content }: Opened, wrong: string[]): Promise<void> {
  for await (const { digest, size } of content.list()) {
    if (!isWhole(content, digest)) wrong.push(`${digest} can be seen and is not whole: it has ${size} bytes`);
  }
}

function isWhole(content: DirectoryStore, digest: Digest): boolean {
  return digestOf(readFileSync(content.localPath(digest)), algorithmOf(digest)) === digest;
}

async function checkPromises(
  scenario: ScenarioKind,
  { content, catalog }: Opened,
  promises: Promises,
  wrong: string[],
): Promise<void> {
  const found = async (kind: string, repository: string, name: string): Promise<string | number | null> => {
    if (kind === 'tag') return (await catalog.references(repository).resolve(name))?.digest ?? null;
    if (!isDigest(name)) return null;
    if (kind === 'blob') return (await catalog.blob(repository, name)) ?? null;
    const record = await catalog.manifest(repository, name);
    return (kind === 'manifest' ? record?.descriptor.size : record?.subject) ?? null;
  };
  for (const kind of ['blob', 'manifest', 'tag', 'referrer'] as const) {
    for (const [key, values] of promises.values(kind)) {
      const [repository = '', name = ''] = key.split(' ');
      const value = await found(kind, repository, name);
      // A blob that no manifest needs may have been collected.
      const collected = scenario !== 'plain' && kind === 'blob' && value === null;
      if (!collected && !values.has(value)) {
        wrong.push(`${kind} ${key} is ${value}, and was promised to be ${[...values].join(' or ')}`);
      }
      if (value === null || kind === 'tag' || !isDigest(name)) continue;
      if ((await content.stat(name)) === undefined) wrong.push(`${kind} ${key} is acknowledged and its bytes are gone`);
      if (kind !== 'referrer' || isDigest(String(value))) continue;
      const referrers = await Array.fromAsync(catalog.referrers(repository, parseDigest(String(value))));
      if (!referrers.some(({ digest }) => digest === name))
        wrong.push(`${name} is not among the referrers of ${value}`);
    }
  }
}

/** Each tag, whoever made it, leads to a manifest, and each manifest to parts that the repository has and whose bytes are there. */
async function checkWhole({ content, catalog }: Opened, wrong: string[]): Promise<void> {
  for await (const repository of catalog.repositories()) {
    for await (const { name, descriptor } of catalog.tags(repository)) {
      await follow(repository, descriptor.digest, `tag ${name}`);
    }
  }
  async function follow(repository: string, digest: Digest, from: string): Promise<void> {
    const record = await catalog.manifest(repository, digest);
    if (record === undefined || (await content.stat(digest)) === undefined) {
      wrong.push(`${from} of ${repository} leads to ${digest}, which is not there`);
      return;
    }
    const document = parseManifest(readFileSync(content.localPath(digest)), record.descriptor.mediaType);
    for (const child of childrenOf(document)) {
      if (document.kind === 'index') await follow(repository, child.digest, digest);
      else if (
        (await catalog.blob(repository, child.digest)) === undefined ||
        (await content.stat(child.digest)) === undefined
      ) {
        wrong.push(`manifest ${digest} of ${repository} leads to ${child.digest}, which is not there`);
      }
    }
  }
}

/** What a tag was acknowledged to be is in its history, and what it is comes last there. */
async function checkHistory({ catalog }: Opened, promises: Promises, wrong: string[]): Promise<void> {
  for (const key of promises.values('tag').keys()) {
    const [repository = '', tag = ''] = key.split(' ');
    const history = await catalog.tagHistory(repository, tag);
    const now = (await catalog.references(repository).resolve(tag))?.digest;
    if (now !== history[0]?.digest) wrong.push(`tag ${key} is ${now}, in its history ${history[0]?.digest}`);
    const known = new Set<unknown>(history.map(({ digest }) => digest ?? null));
    for (const value of promises.acknowledged(key)) {
      if (value !== null && !known.has(value))
        wrong.push(`tag ${key} was acknowledged as ${value}, not in its history`);
    }
    for (const [i, { previous }] of history.entries()) {
      if (previous !== history[i + 1]?.digest) wrong.push(`the history of tag ${key} has a gap at ${i}`);
    }
  }
}

/** The journal alone gives the same lists, history and audit. */
async function checkReindex({ content, journal, catalog }: Opened, wrong: string[]): Promise<void> {
  const { records, damage } = await verifyJournal(journal);
  if (damage !== undefined) wrong.push(`the journal is damaged: ${damage}`);
  const position = await catalog.ledger.position();
  if (position !== records) wrong.push(`the database is at record ${position} of ${records}`);
  const anew = await openCatalog({ path: ':memory:', journal, content });
  const [before, after] = [await tablesOf(catalog.database), await tablesOf(anew.database)];
  await anew.close();
  for (const [table, rows] of Object.entries(before)) {
    if (JSON.stringify(rows) !== JSON.stringify(after[table])) wrong.push(`a reindex changes the table ${table}`);
  }
}

/** Whoever goes on with an upload ends with the right content, or is refused and can begin anew. */
async function goOnUploading(
  { content }: Opened,
  { location, digest: text, size, seed }: OpenUpload,
  random: Random,
  wrong: string[],
): Promise<void> {
  const [, id] = /\/uploads\/([^/?.]+)/.exec(location) ?? [];
  if (id === undefined || !isDigest(text)) throw new Error(`there is no id in ${location}`);
  const bytes = mixedBytes(size, seed);
  const expected = { digest: text, size };
  try {
    const ingest = await content.begin(random.chance(0.5) ? { expected, adopt: true } : { expected, resume: id });
    await ingest.append(fromBuffer(bytes.subarray(ingest.offset)));
    await ingest.commit();
  } catch (error) {
    if (!isLadingError(error, 'INGEST_NOT_FOUND', 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) throw error;
    await put(content, bytes, expected);
  }
  if (!isWhole(content, text)) wrong.push(`${text} was gone on with and is not whole`);
}

const newBytes = Buffer.from(`{"schemaVersion":2,"mediaType":"${types.index}","manifests":[]}`);

/** The registry works: something new can be pushed, and all that was there stays. */
async function goOn({ content, catalog }: Opened, wrong: string[]): Promise<void> {
  const repository = 'team/app';
  const names = async (): Promise<string> => (await Array.fromAsync(catalog.references(repository).tags())).join();
  const before = await names();
  const stored = await put(content, newBytes, { mediaType: types.index });
  const references = catalog.references(repository);
  await references.record(stored, newBytes);
  await references.tag('new', stored);
  if ((await references.resolve('new'))?.digest !== stored.digest) wrong.push('a new tag is not there');
  if (!(await references.untag('new'))) wrong.push('a new tag cannot be removed');
  if ((await names()) !== before) wrong.push('a new tag changed what other tags there are');
}
