import { readFile } from 'node:fs/promises';

/** Names a process also after its number was given to another. */
export interface ProcessMark {
  readonly pid: number;
  /** When it started, in ticks of the system's clock; absent where the system does not tell. */
  readonly started?: string | undefined;
}

export async function processMark(): Promise<ProcessMark> {
  return { pid: process.pid, started: await startOf(process.pid) };
}

export async function isAlive({ pid, started }: ProcessMark): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === undefined || (await startOf(pid)) === started;
}

/** The 22nd field of proc(5)'s `stat`, counted behind the name, which may hold anything. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
