import type { Summary } from './statistics.ts';

/** Rows of text in aligned columns; the first row is the head. Columns whose cells hold figures are aligned to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const columns = head.map((_, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const figures = body.map((row) => row[column] ?? '').filter((cell) => cell !== '');
    return {
      width: Math.max(...cells.map((cell) => cell.length)),
      right: figures.length > 0 && figures.every((cell) => /^[\d.–>-]/.test(cell)),
    };
  });
  const lines = rows.map((row) =>
    columns.map(({ width, right }, at) => (right ? (row[at] ?? '').padStart(width) : (row[at] ?? '').padEnd(width))),
  );
  return lines.map((cells) => `  ${cells.join('  ')}`.trimEnd()).join('\n');
}

/** `1.23 (1.10–1.50)`: median, smallest and largest. */
export function formatSummary(summary: Summary, digits: number, scale = 1): string {
  const [median, min, max] = [summary.median, summary.min, summary.max].map((value) => (value * scale).toFixed(digits));
  return `${median} (${min}–${max})`;
}

/** `1.52×`. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

/** In MB, which are millions of bytes; `-` where it is not known. */
export function formatMegabytes(bytes: number | undefined): string {
  return bytes === undefined ? '-' : (bytes / 1e6).toFixed(0);
}
