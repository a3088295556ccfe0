import { LadingError } from '@lading/errors';

/** What changes a mode, from the text of `--chmod`: octal (`0755`) or symbolic (`u=rwX,go=rX`). Throws BUILD_INVALID. */
export function parseChmod(text: string): (mode: number, isDirectory: boolean) => number {
  if (/^0*[0-7]{1,4}$/.test(text)) {
    const fixed = Number.parseInt(text, 8);
    return () => fixed;
  }
  const clauses = text.split(',').map((clause) => /^([ugoa]*)([-+=])([rwxXst]*|[ugo])$/.exec(clause));
  if (clauses.some((clause) => clause === null)) {
    throw new LadingError('BUILD_INVALID', `Cannot read the mode "${text}" of --chmod`, {
      hint: 'Write an octal number such as 0755, or changes such as u=rwX,go=rX.',
    });
  }
  return (mode, isDirectory) =>
    clauses.reduce((current, clause) => applyClause(current, isDirectory, clause ?? []), mode);
}

const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function applyClause(
  mode: number,
  isDirectory: boolean,
  [, who = '', operator = '=', what = '']: readonly string[],
): number {
  const classes = who === '' || who.includes('a') ? ['u', 'g', 'o'] : [...who];
  let result = mode;
  for (const name of classes) {
    const shift = shifts[name] ?? 0;
    const from = shifts[what];
    const bits = from === undefined ? permissions(what, mode, isDirectory) : (mode >> from) & 7;
    const special =
      (what.includes('s') && name !== 'o' ? (name === 'u' ? 0o4000 : 0o2000) : 0) | (what.includes('t') ? 0o1000 : 0);
    if (operator === '=') result = (result & ~(7 << shift)) | (bits << shift) | special;
    else if (operator === '+') result |= (bits << shift) | special;
    else result &= ~((bits << shift) | special);
  }
  return result;
}

function permissions(what: string, mode: number, isDirectory: boolean): number {
  const execute = what.includes('x') || (what.includes('X') && (isDirectory || (mode & 0o111) !== 0));
  return (what.includes('r') ? 4 : 0) | (what.includes('w') ? 2 : 0) | (execute ? 1 : 0);
}
