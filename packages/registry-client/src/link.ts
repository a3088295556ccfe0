/**
 * The target of the `next` relation of a `Link` header (RFC 8288), as it is written there: usually relative.
 * OCI distribution-spec 1.1 §listing-tags.
 */
export function nextLink(header: string | readonly string[] | undefined): string | undefined {
  const text = header === undefined ? '' : typeof header === 'string' ? header : header.join(',');
  for (const match of text.matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\s*(?:[;,]|$))/i.test(match[2] ?? '')) return match[1];
  }
  return undefined;
}
