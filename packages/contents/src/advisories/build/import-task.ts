import { open, readFile, stat } from 'node:fs/promises';
import { LadingError, messageOf } from '@lading/errors';
import type { RandomAccess } from '../../random-access.ts';
import { openZip, type Zip } from '../../zip/zip.ts';
import { allImporters } from '../import/all-importers.ts';
import type { ImportOptions } from '../import/importer.ts';
import type { AdvisoryFile } from './advisory-file.ts';
import { type Batch, BatchBuilder } from './batch.ts';
import { documentsOf, MAX_DOCUMENT_BYTES } from './document.ts';

/** Some files, or some members of a zip. */
export interface ImportTask {
  readonly files: readonly AdvisoryFile[];
  /** Of the one file, a zip: the members from the first number to before the second. */
  readonly members?: readonly [from: number, to: number] | undefined;
  readonly options: ImportOptions;
}

/** One record of the largest sources has a few megabytes. */
const MAX_MEMBER_BYTES = 64 << 20;

/** Reads what a task names. What cannot be read becomes a warning. */
export async function runImportTask({ files, members, options }: ImportTask): Promise<Batch> {
  const batch = new BatchBuilder();
  for (const file of files) {
    if (members !== undefined) {
      await importMembers(file, members, options, batch);
      continue;
    }
    await attempt(batch, file.name, async () => {
      const { size } = await stat(file.path);
      if (size > MAX_DOCUMENT_BYTES)
        throw new LadingError('BYTES_LIMIT', `it has more than ${MAX_DOCUMENT_BYTES} bytes`);
      importDocuments(await readFile(file.path), file.name, options, batch);
    });
  }
  return batch.finish();
}

async function importMembers(
  file: AdvisoryFile,
  [from, to]: readonly [number, number],
  options: ImportOptions,
  batch: BatchBuilder,
): Promise<void> {
  const zip = await zipOf(file.path);
  for (const entry of zip.entries().slice(from, to)) {
    if (entry.name.endsWith('/')) continue;
    const place = `${file.name}!/${entry.name}`;
    await attempt(batch, place, async () => {
      importDocuments(await zip.read(entry, { maxBytes: MAX_MEMBER_BYTES }), place, options, batch);
    });
  }
}

function importDocuments(bytes: Buffer, place: string, options: ImportOptions, batch: BatchBuilder): void {
  batch.countBytes(bytes.length);
  for (const document of documentsOf(bytes)) {
    const importer = allImporters.find((one) => one.recognises(document));
    if (importer === undefined) batch.warn(`${place}: it is nothing that advisories are read from`);
    else for (const statement of importer.read(document, options)) batch.add(statement, importer.name, place);
  }
}

async function attempt(batch: BatchBuilder, place: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    batch.warn(`${place}: ${messageOf(error)}`);
  }
}

/** The zip that was opened last stays open: tasks of one follow each other. */
let current: { readonly path: string; readonly zip: Promise<Zip>; readonly close: () => Promise<void> } | undefined;

async function zipOf(path: string): Promise<Zip> {
  if (current?.path === path) return current.zip;
  await closeZip();
  const file = await openFile(path);
  current = { path, zip: openZip(file), close: file.close };
  return current.zip;
}

export async function closeZip(): Promise<void> {
  await current?.close();
  current = undefined;
}

/** A file on disk to be read in any order. The caller closes it. */
export async function openFile(path: string): Promise<RandomAccess & { readonly close: () => Promise<void> }> {
  const handle = await open(path);
  const { size } = await handle.stat();
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => handle.close(),
  };
}
