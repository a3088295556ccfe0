import { readFileSync } from 'node:fs';

/** Those of nosuid, nodev and noexec that the mount holding an absolute path has. */
export function mountFlags(path: string): string[] {
  return flagsIn(readFileSync('/proc/self/mountinfo', 'utf8'), path);
}

/** The same for the text of a mountinfo file (proc(5)): the last line of the longest mount point that contains the path. */
export function flagsIn(mountinfo: string, path: string): string[] {
  let longest = -1;
  let options = '';
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ');
    const point = (fields[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const contains = point === '/' || path === point || path.startsWith(`${point}/`);
    if (point !== '' && contains && point.length >= longest) {
      longest = point.length;
      options = fields[5] ?? '';
    }
  }
  return options.split(',').filter((flag) => ['nosuid', 'nodev', 'noexec'].includes(flag));
}
