/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

// Each pattern keeps its first group. Linear: no repetition inside a repetition over the same characters, and what precedes
// the part to replace is bounded, so hostile text cannot make it backtrack without bound. Better too much than too little.
const patterns: readonly RegExp[] = [
  // credentials in a URL: scheme://user:password@host, and tokens in the place of a user
  /\b([a-z][a-z0-9+.-]{0,20}:\/\/)(?:[^\s/@:"'<>]{0,256}:[^\s/"'<>]{1,1024}|[^\s/@:"'<>]{20,1024})(?=@)/gi,
  // headers
  /\b((?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:basic|bearer|token|digest|negotiate|aws4-hmac-sha256)\s{1,4})[^\s"',;]+/gi,
  /\b(x-registry-auth["']?\s{0,4}[:=]\s{0,4}["']?)[^\s"',;]+/gi,
  /\b(bearer\s{1,4})[A-Za-z0-9._~+/-]{16,}=*/gi,
  /\b(signature=)[0-9a-f]{32,}/gi,
  // query parameters, JSON members, options and variables that carry secrets
  /([?&](?:token|access_token|refresh_token|id_token|password|client_secret|sig|signature|x-amz-signature|x-amz-security-token|x-amz-credential)=)[^&\s"']+/gi,
  /("(?:token|access_token|refresh_token|id_token|password|identitytoken|registrytoken|auth|secret|client_secret)"\s{0,4}:\s{0,4}")[^"\\]*(?:\\.[^"\\]*)*/gis,
  /(--(?:password|token|secret|client-secret)=)\S+/g,
  /\b([A-Z0-9_]{0,40}(?:PASSWORD|TOKEN|SECRET)=)[^\s"']+/g,
];

// Members of details whose strings are secret whatever they look like.
const secretKeys = /^(?:password|passwd|authorization|(?:access|refresh|identity|registry|id)_?token|client_?secret)$/i;

/** Replaces whatever looks like a credential. Applied to every error message, hint and detail. */
export function redact(text: string): string {
  let result = text;
  for (const pattern of patterns) result = result.replace(pattern, (_match, kept: string) => kept + REDACTED);
  return result;
}

/** A deep copy of plain values in which every string is redacted and every Secret is shown as such. */
export function redactDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return redactMembers(details, []);
}

function redactMembers(value: object, above: readonly object[]): Readonly<Record<string, unknown>> {
  const within = [...above, value];
  const members = Object.entries(value).map(([key, member]) => {
    const secret = typeof member === 'string' && secretKeys.test(key);
    return [key, secret ? REDACTED : redactValue(member, within)];
  });
  return Object.fromEntries(members);
}

function redactValue(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'string') return redact(value);
  if (value === null || typeof value !== 'object') return value;
  if (above.includes(value)) return '[circular]';
  const within = [...above, value];
  if (value instanceof Error) return redact(value.message);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, within));
  if (value instanceof Map) return redactMembers(Object.fromEntries(value), above);
  if (value instanceof Set) return [...value].map((item) => redactValue(item, within));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  // URL, Date and Secret say themselves how they want to be shown.
  if ('toJSON' in value && typeof value.toJSON === 'function') return redactValue(value.toJSON(), within);
  return redactMembers(value, above);
}
