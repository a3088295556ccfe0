const MAX_TITLE = 160;
const MAX_REFERENCES = 3;
const MAX_URL = 300;

/** A title for a record: its summary, else the first sentence of its details, which may be Markdown. */
export function titleOf(summary: string | undefined, details: string | undefined): string | undefined {
  const text = summary ?? firstParagraph(details ?? '');
  const line = text.replace(/\s+/g, ' ').trim();
  if (summary !== undefined || line.length <= MAX_TITLE) return cut(line);
  const sentence = /^.{20,}?[.!?](?= [A-Z])/.exec(line)?.[0];
  return cut(sentence ?? line);
}

function firstParagraph(details: string): string {
  // Details may be megabytes long; a title is not looked for behind the first kilobytes.
  const lines = details.slice(0, 4096).split('\n');
  const start = lines.findIndex((line) => line.trim() !== '' && !/^\s*(?:#|```|---|===)/.test(line));
  if (start < 0) return '';
  const length = lines.slice(start).findIndex((line) => line.trim() === '');
  return lines.slice(start, length < 0 ? undefined : start + length).join(' ');
}

function cut(line: string): string | undefined {
  if (line === '') return undefined;
  if (line.length <= MAX_TITLE) return line;
  const end = line.lastIndexOf(' ', MAX_TITLE - 1);
  return `${line.slice(0, end > MAX_TITLE / 2 ? end : MAX_TITLE - 1)}…`.toWellFormed();
}

/** What tells most comes first. OSV schema §references. */
const order = ['ADVISORY', 'FIX', 'ARTICLE', 'REPORT', 'WEB', 'EVIDENCE', 'DETECTION', 'INTRODUCED', 'GIT', 'PACKAGE'];

/** The few addresses that tell most, without those that follow from the id. */
export function bestReferences(references: Iterable<{ readonly type: string; readonly url: string }>): string[] {
  const ranked = [...references]
    .filter(({ url }) => /^https?:\/\/[!-~]+$/.test(url) && url.length <= MAX_URL && !/\/\/nvd\.nist\.gov\//.test(url))
    .map(({ type, url }) => ({ rank: order.indexOf(type), url }))
    .sort((a, b) => (a.rank < 0 ? order.length : a.rank) - (b.rank < 0 ? order.length : b.rank));
  return [...new Set(ranked.map(({ url }) => url))].slice(0, MAX_REFERENCES);
}
