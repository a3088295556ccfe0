import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import { hasErrno, replaceFile } from '../internal/durable-file.ts';

const fileName = 'format';
const current = { store: 'lading', version: 1 };

/**
 * Makes sure that a folder is a store of the known format, making one of an empty or absent folder. Throws STORE_FORMAT.
 * The format file is written first, so that a folder with content always tells what it is.
 */
export async function prepareStore(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  const found = await readFormat(root);
  if (found === undefined) {
    // A name with a dot in front is another process writing the format file just now.
    const others = (await readdir(root)).filter((name) => !name.startsWith('.') && name !== fileName);
    if (others.length > 0 && (await readFormat(root)) === undefined) throw notAStore(root);
    await replaceFile(join(root, fileName), `${JSON.stringify(current)}\n`);
  } else if (found !== current.version) {
    throw new LadingError(
      'STORE_FORMAT',
      `Cannot open store ${root}: its format is ${found ?? 'unreadable'}; this version knows ${current.version}`,
      { hint: 'Open it with the version of Lading that wrote it, or choose another folder.', details: { root } },
    );
  }
}

/** The version, null for a file that cannot be understood, undefined without a file. */
async function readFormat(root: string): Promise<number | null | undefined> {
  let text: string;
  try {
    text = await readFile(join(root, fileName), 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const { store, version } = JSON.parse(text);
    return store === current.store && typeof version === 'number' ? version : null;
  } catch {
    return null;
  }
}

function notAStore(root: string): LadingError {
  return new LadingError(
    'STORE_FORMAT',
    `Cannot open store ${root}: the folder holds other things and is not a store`,
    {
      hint: 'Choose an empty or new folder.',
      details: { root },
    },
  );
}
