import { LadingError } from '@lading/errors';

export type ModeChange = (mode: number, isDirectory: boolean) => number;

/** What changes a mode, from the text of `--chmod`: octal (`0755`) or symbolic (`u=rwX,go=rX`), as the program chmod. Throws BUILD_INVALID. */
export function parseChmod(text: string): ModeChange {
  if (/^0*[0-7]{1,4}$/.test(text)) {
    const fixed = Number.parseInt(text, 8);
    return () => fixed;
  }
  if (!/^[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*$/.test(text)) {
    throw new LadingError('BUILD_INVALID', `Cannot read the mode "${text}" of --chmod`, {
      hint: 'Write an octal number such as 0755, or changes such as u=rwX,go=rX.',
    });
  }
  const changes = text.split(',').flatMap(changesOf);
  return (mode, isDirectory) => changes.reduce((current, change) => change(current, isDirectory), mode);
}

/** For each class the bits that are its own: its permissions and the special one. */
const classes: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

/** `u+rw-x` is two changes of one class. */
function changesOf(clause: string): ModeChange[] {
  const [who = ''] = /^[ugoa]*/.exec(clause) ?? [];
  const affected = [...(who || 'a')].reduce((bits, name) => bits | (classes[name] ?? 0), 0);
  return [...clause.matchAll(/([-+=])([a-zA-Z]*)/g)].map(([, operator, what = '']) => (mode, isDirectory) => {
    const bits = bitsOf(what, mode, isDirectory) & affected;
    if (operator === '+') return mode | bits;
    if (operator === '-') return mode & ~bits;
    // A folder keeps who its files belong to, unless that is said.
    return (mode & ~(isDirectory ? affected & ~0o6000 : affected)) | bits;
  });
}

/** The permissions that letters stand for, for all classes. */
function bitsOf(what: string, mode: number, isDirectory: boolean): number {
  const from = shifts[what];
  if (from !== undefined) return ((mode >> from) & 7) * 0o111;
  const execute = what.includes('x') || (what.includes('X') && (isDirectory || (mode & 0o111) !== 0));
  return (
    (what.includes('r') ? 0o444 : 0) |
    (what.includes('w') ? 0o222 : 0) |
    (execute ? 0o111 : 0) |
    (what.includes('s') ? 0o6000 : 0) |
    (what.includes('t') ? 0o1000 : 0)
  );
}
