import type { Span } from '../span.ts';

/** What an excerpt is cut from: a text and where its physical lines are. */
interface Lines {
  readonly text: string;
  readonly lines: readonly { readonly start: number; readonly end: number }[];
}

const MAX_LINES = 8;
const MAX_COLUMNS = 160;

/**
 * The source lines that a span covers, each behind its number and with carets under what is meant:
 *
 *     3 | COPY --form=b c d
 *       |      ^^^^^^^^
 *
 * Long lines are cut around the span, and of many lines the first are shown. Characters that could steer a terminal are replaced,
 * one for one; tabs stay, also in front of the carets.
 */
export function excerptOf({ text, lines }: Lines, span: Span): string {
  const first = Math.max(0, span.start.line - 1);
  const last = Math.max(first, Math.min(endLine(span), lines.length - 1));
  const shownTo = last - first >= MAX_LINES ? first + MAX_LINES - 2 : last;
  const width = String(shownTo + 1).length;
  const rows: string[] = [];
  for (let index = first; index <= shownTo; index++) {
    const line = lines[index] ?? { start: text.length, end: text.length };
    const [shown, marks] = marked(text, line, span);
    rows.push(`${String(index + 1).padStart(width)} | ${shown}`.trimEnd());
    if (marks !== '') rows.push(`${' '.repeat(width)} | ${marks}`);
  }
  if (shownTo < last) rows.push(`${' '.repeat(width)} | … ${last - shownTo} more lines`);
  return rows.join('\n');
}

/** The index of the last line of a span; one that ends with a line break does not reach into the next line. */
function endLine({ start, end }: Span): number {
  return end.column === 1 && end.line > start.line ? end.line - 2 : end.line - 1;
}

/** A line as it is shown, and the row below it; the row is empty when nothing of the line but space is meant. */
function marked(text: string, line: { readonly start: number; readonly end: number }, span: Span): [string, string] {
  let from = Math.max(span.start.offset, line.start);
  const to = Math.min(span.end.offset, line.end);
  while (from < to && (text.charAt(from) === ' ' || text.charAt(from) === '\t')) from++;
  const cut = Math.max(line.start, Math.min(from, line.end) - MAX_COLUMNS / 2);
  const shown = text.slice(cut, Math.min(line.end, cut + MAX_COLUMNS)).replace(/(?!\t)[\p{Cc}\p{Cf}]/gu, '\ufffd');
  const startsHere = span.start.offset >= line.start;
  if (from >= to && !startsHere) return [shown, ''];
  const carets = Math.max(1, Math.min(to, cut + shown.length) - from);
  return [shown, shown.slice(0, Math.max(0, from - cut)).replace(/[^\t]/g, ' ') + '^'.repeat(carets)];
}
