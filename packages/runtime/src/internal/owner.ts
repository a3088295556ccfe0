import { readFileSync } from 'node:fs';
import { lstat, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who uses a scratch folder, written in it, so that others can tell a leftover of a crash from work in progress. */
export interface Owner {
  readonly pid: number;
  /** When the process started, in ticks since boot; with the pid it names a process for as long as the machine is up. */
  readonly startedAt: string;
  readonly bootId: string;
  /** Names of snapshots that it stands on. */
  readonly uses: readonly string[];
}

const fileName = 'owner.json';

export async function writeOwner(folder: string, uses: readonly string[]): Promise<void> {
  const owner: Owner = { pid: process.pid, startedAt: startOf(process.pid) ?? '', bootId: bootId(), uses };
  // By a rename: whoever read half of it would take the folder for a leftover and remove it.
  await writeFile(join(folder, `${fileName}.new`), JSON.stringify(owner));
  await rename(join(folder, `${fileName}.new`), join(folder, fileName));
}

/** The owner of a scratch folder if it still lives; undefined when the folder is a leftover. */
export async function livingOwner(folder: string): Promise<Owner | undefined> {
  let owner: Owner;
  try {
    owner = JSON.parse(await readFile(join(folder, fileName), 'utf8')) as Owner;
  } catch {
    return undefined;
  }
  return owner.bootId === bootId() && startOf(owner.pid) === owner.startedAt ? owner : undefined;
}

/** Whether a scratch folder is of a process that died. One without an owner is not, for a minute: its owner is about to sign. */
export async function isLeftover(folder: string): Promise<boolean> {
  // In this order: an owner that signs between the two looks is seen by the second.
  const stats = await lstat(folder).catch(() => undefined);
  if (stats === undefined) return false;
  const signed = await lstat(join(folder, fileName)).then(
    () => true,
    () => false,
  );
  if (!signed && Date.now() - stats.mtimeMs < 60_000) return false;
  return (await livingOwner(folder)) === undefined;
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; the start time is the 20th field after it (proc(5)).
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
