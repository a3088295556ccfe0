import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../internal/names-in.ts';
import { isGone, isOfThisHost } from '../internal/process-mark.ts';
import { removeFile } from '../internal/remove-file.ts';
import { BufferedIngest } from './buffered-ingest.ts';
import { Claim, type ClaimName, readClaims } from './claims.ts';
import type { ContentFolders } from './content-folders.ts';
import { parseIngestName } from './ingest-files.ts';
import type { Ingests } from './ingests.ts';

/**
 * Removes writes that nobody has written to for so long, and claims on nothing. The number of writes removed.
 * What a living process of this machine claims or is writing stays, however long it pauses.
 */
export async function collectIngests(folders: ContentFolders, ingests: Ingests, olderThanMs: number): Promise<number> {
  const claims = new Map((await readClaims(folders.claims)).map((claim) => [claim.ingest, claim]));
  const isOld = async (path: string): Promise<boolean> =>
    Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY) > olderThanMs;
  let removed = 0;
  for (const ingest of [...ingests.open.values()]) {
    if (!(ingest instanceof BufferedIngest) || ingest.idleMs <= olderThanMs) continue;
    await ingest.abort();
    removed++;
  }
  const seen = new Set<string>();
  for await (const name of namesIn(folders.ingests)) {
    const { id, process } = parseIngestName(name);
    seen.add(id);
    const path = join(folders.ingests, name);
    if ((process !== undefined && isLiving(process)) || !(await isOld(path))) continue;
    const open = process === undefined ? ingests.open.get(id) : undefined;
    const gone = open === undefined ? removeAs(folders, claims.get(id), path) : abortUnclaimed(claims.get(id), open);
    if (await gone) removed++;
  }
  for (const claim of claims.values()) {
    if (seen.has(claim.ingest) || isLiving(claim.owner) || !(await isOld(join(folders.claims, claim.name)))) continue;
    await (await Claim.take(folders.claims, claim))?.remove();
  }
  return removed;
}

function isLiving(process: string): boolean {
  return isOfThisHost(process) && !isGone(process);
}

/** Through its claim, if it has one: so whoever adopts it at this moment either has it whole or finds nothing. */
async function removeAs(folders: ContentFolders, found: ClaimName | undefined, path: string): Promise<boolean> {
  if (found === undefined) return removeFile(path);
  if (isLiving(found.owner)) return false;
  const claim = await Claim.take(folders.claims, found);
  if (claim === undefined) return false;
  const removed = await removeFile(path);
  await claim.remove();
  return removed;
}

async function abortUnclaimed(found: ClaimName | undefined, open: { abort(): Promise<void> }): Promise<boolean> {
  if (found !== undefined) return false;
  await open.abort();
  return true;
}
