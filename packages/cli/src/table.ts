/** Columns padded to their widest cell, two spaces apart; the last is not padded. Cells must be one line each. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `2021-04-14 19:19`, in UTC so that the same image reads the same everywhere; `-` when unknown. */
export function formatDate(date: string | undefined): string {
  const time = new Date(date ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? '-' : time.toISOString().slice(0, 16).replace('T', ' ');
}

/** `sha256:` and twelve digits: enough to tell images apart by eye. */
export function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}
