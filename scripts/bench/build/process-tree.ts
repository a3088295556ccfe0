import { readdir, readFile } from 'node:fs/promises';
import { forgetPeak, peakBytesOf } from '../process-usage.ts';

const clockTicksPerSecond = 100;

/** User and system time of a process and all that it started: those that run, and those that ended and were waited for. In milliseconds. */
export async function treeCpuMs(pid: number): Promise<number> {
  let ticks = 0;
  for (const each of await processesOf(pid)) {
    const text = await readFile(`/proc/${each}/stat`, 'utf8').catch(() => '');
    // The name in parentheses may itself hold spaces; utime, stime, cutime and cstime are the 14th to 17th field.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return (ticks * 1000) / clockTicksPerSecond;
}

/** The largest resident sets since `forgetTreePeak()` of a process and those below it that still run, added up. */
export async function treePeakBytes(pid: number): Promise<number> {
  const peaks = await Promise.all((await processesOf(pid)).map(peakBytesOf));
  return peaks.reduce<number>((sum, peak) => sum + (peak ?? 0), 0);
}

export async function forgetTreePeak(pid: number): Promise<void> {
  await Promise.all((await processesOf(pid)).map(forgetPeak));
}

async function processesOf(pid: number): Promise<number[]> {
  const found = [pid];
  for (const each of found) {
    for (const task of await readdir(`/proc/${each}/task`).catch(() => [])) {
      const text = await readFile(`/proc/${each}/task/${task}/children`, 'utf8').catch(() => '');
      for (const child of text.split(' ')) if (child !== '') found.push(Number(child));
    }
  }
  return found;
}
