import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { digestOf, hexOf } from '@lading/oci';
import { hasErrno } from './durable-file.ts';

let host: string | undefined;
let own: string | undefined;
const salt = Math.floor(Math.random() * 2 ** 40).toString(36);
let made = 0;

/**
 * This process among all that ever ran on this machine: `<host>.<pid>.<start>`, usable in file names. The start tells it from another
 * process of the same number, which in a container that is started again is the rule.
 */
export function processMark(): string {
  own ??= `${hostMark()}.${process.pid}.${startOf('self') ?? '0'}`;
  return own;
}

/** A name for a file that only this process writes: the process mark and something that is new each time. */
export function uniqueMark(): string {
  return `${processMark()}.${salt}${(made++).toString(36)}`;
}

export function isOfThisHost(mark: string): boolean {
  return mark.startsWith(`${hostMark()}.`);
}

/** True when the process of this mark is known to have ended. Of another machine nothing is known. */
export function isGone(mark: string): boolean {
  const [, pid = '', start = '0'] = mark.split('.');
  if (!isOfThisHost(mark) || !/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return hasErrno(error, 'ESRCH');
  }
  const current = startOf(pid);
  return current === 'ended' || (start !== '0' && current !== undefined && current !== start);
}

function hostMark(): string {
  host ??= shortHash(hostname());
  return host;
}

/** When a process started, in which boot; undefined where the system does not tell. Linux: proc(5), /proc/pid/stat. */
function startOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets and may hold anything; state is the third field, start time the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended and waits for its parent to ask how.
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    return shortHash(`${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')} ${fields[19]}`);
  } catch {
    return undefined;
  }
}

function shortHash(text: string): string {
  return hexOf(digestOf(text)).slice(0, 12);
}
