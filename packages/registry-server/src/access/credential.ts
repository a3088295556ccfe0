/** What an Authorization header says. */
export type Credential =
  | { readonly kind: 'basic'; readonly name: string; readonly secret: string }
  | { readonly kind: 'bearer'; readonly token: string };

const maxLength = 16_384;

/** RFC 7617 and RFC 6750. Undefined for anything else. */
export function parseCredential(header: string): Credential | undefined {
  if (header.length > maxLength) return undefined;
  const [, scheme = '', value = ''] = /^(basic|bearer) +([A-Za-z0-9._~+/=-]+)$/i.exec(header) ?? [];
  if (scheme === '') return undefined;
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', token: value };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0 || text.includes('\0')) return undefined;
  return { kind: 'basic', name: text.slice(0, colon), secret: text.slice(colon + 1) };
}
