import { type Answer, bytes } from '../../answer.ts';

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

const style =
  'body{font:16px/1.5 system-ui;max-width:44rem;margin:4rem auto;padding:0 1rem}pre{background:#8882;padding:1rem;overflow:auto;white-space:pre-wrap;word-break:break-all}';

/** A small page of texts; those in `code` can be copied. */
export function page(
  status: number,
  title: string,
  parts: readonly ({ readonly text: string } | { readonly code: string })[],
  more: Readonly<Record<string, string>> = {},
): Answer {
  const body = parts
    .map((part) => ('text' in part ? `<p>${escaped(part.text)}</p>` : `<pre>${escaped(part.code)}</pre>`))
    .join('\n');
  const html = `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style>\n<h1>${escaped(title)}</h1>\n${body}\n</html>\n`;
  return bytes(status, Buffer.from(html), { ...headers, ...more });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
