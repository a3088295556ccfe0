import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import { hasErrno, replaceFile } from '../internal/durable-file.ts';
import { withFileLock } from '../internal/file-lock.ts';
import { makeFolder } from '../internal/make-folder.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import { currentVersion, migrations } from './migrations.ts';

const fileName = 'format';
const lockName = 'format.lock';

/**
 * Makes sure that a folder is a store of the current format: makes one of an empty or absent folder, and brings an older one up to date, in
 * one process while others wait. Throws STORE_FORMAT. The format file is written first, so that a folder with content always tells what it is.
 */
export async function prepareStore(root: string): Promise<void> {
  const found = await readVersion(root);
  // The folder was durable by name before its format was written. Whoever wrote that may have died before its sync; a crash would then leave
  // content in what is not known for a store.
  if (found === currentVersion) return syncFolder(root);
  await makeFolder(root);
  if (found === undefined) await create(root);
  else if (found !== null && migrations.has(found)) await withFileLock(join(root, lockName), () => migrate(root));
  else throw unknownVersion(root, found);
}

async function create(root: string): Promise<void> {
  // A name with a dot in front is another process writing the format file just now.
  const others = (await readdir(root)).filter((name) => !name.startsWith('.') && name !== fileName);
  if (others.length > 0 && (await readVersion(root)) === undefined) throw notAStore(root);
  await writeVersion(root, currentVersion);
}

/** Step by step, each recorded when it is done. */
async function migrate(root: string): Promise<void> {
  for (;;) {
    const version = await readVersion(root);
    const step = migrations.get(version ?? 0);
    if (version === currentVersion) return;
    if (step === undefined || typeof version !== 'number') throw unknownVersion(root, version);
    await step(root);
    await writeVersion(root, version + 1);
  }
}

/** The version, null for a file that cannot be understood, undefined without a file. */
async function readVersion(root: string): Promise<number | null | undefined> {
  let text: string;
  try {
    text = await readFile(join(root, fileName), 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const { store, version } = JSON.parse(text);
    return store === 'lading' && typeof version === 'number' ? version : null;
  } catch {
    return null;
  }
}

async function writeVersion(root: string, version: number): Promise<void> {
  await replaceFile(join(root, fileName), `${JSON.stringify({ store: 'lading', version })}\n`);
}

function unknownVersion(root: string, version: number | null | undefined): LadingError {
  return new LadingError(
    'STORE_FORMAT',
    `Cannot open store ${root}: its format is ${version ?? 'unreadable'}; this version knows ${currentVersion}`,
    { hint: 'Open it with the version of Lading that wrote it, or choose another folder.', details: { root } },
  );
}

function notAStore(root: string): LadingError {
  return new LadingError(
    'STORE_FORMAT',
    `Cannot open store ${root}: the folder holds other things and is not a store`,
    { hint: 'Choose an empty or new folder.', details: { root } },
  );
}
