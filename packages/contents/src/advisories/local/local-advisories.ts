import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bytes, Io } from '@lading/bytes';
import { isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { type OpenAdvisories, openAdvisories } from '../open-advisories.ts';

/** Where the database of a home lies. */
export function localAdvisoriesPath(home: string): string {
  return join(home, 'advisories', 'advisories.db');
}

/** Opens the database of a home. Throws ADVISORIES_NOT_FOUND when there is none yet, and as `openAdvisories`. */
export function openLocalAdvisories(home: string): OpenAdvisories {
  try {
    return openAdvisories(localAdvisoriesPath(home));
  } catch (cause) {
    if (!isLadingError(cause, 'FILE_NOT_FOUND')) throw cause;
    throw new LadingError(
      'ADVISORIES_NOT_FOUND',
      'Cannot find an advisory database: there is none on this machine yet',
      {
        hint: 'Make one with "lading advisories update", or fetch one with "lading advisories pull".',
        cause,
      },
    );
  }
}

/**
 * Puts a database at a path, in place of the one that is there. Its bytes are written beside it, synced and verified before they take the
 * place in one step: until then, and when it fails, the old one stays. Whoever has that open can read on. Errors: ADVISORIES_DAMAGED,
 * ADVISORIES_FORMAT, INTERRUPTED, what the bytes throw.
 */
export async function installAdvisories(path: string, bytes: Bytes, io: Io = {}): Promise<Digest> {
  const draft = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(draft, 'wx', 0o644);
    try {
      for await (const chunk of bytes) {
        throwIfAborted(io.signal);
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const digest = verifiedDigest(draft);
    await rename(draft, path);
    return digest;
  } finally {
    await rm(draft, { force: true });
  }
}

function verifiedDigest(path: string): Digest {
  const database = openAdvisories(path);
  try {
    database.verify();
    return database.digest;
  } finally {
    database.close();
  }
}
