/** Text for a terminal, whose width is counted in cells: most characters take one, some none, those of East Asia and pictures two. */

const zero = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** Unicode Standard Annex 11: the ranges that are wide, or pictures, near enough for names of files. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

/** How many cells a text takes. It must have no control characters. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** Exactly so many cells: cut with `…`, or filled up with blanks. */
export function fit(text: string, cells: number): string {
  if (cells <= 0) return '';
  const width = widthOf(text);
  if (width <= cells) return text + ' '.repeat(cells - width);
  let cut = '';
  let used = 0;
  for (const character of text) {
    const next = cellsOf(character);
    if (used + next > cells - 1) break;
    cut += character;
    used += next;
  }
  return `${cut}…${' '.repeat(cells - used - 1)}`;
}

function cellsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (zero.test(character)) return 0;
  return wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}
