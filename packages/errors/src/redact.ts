/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

// Each pattern keeps its first group. Linear: no nested repetition, so hostile text cannot make it backtrack without bound.
const patterns: readonly RegExp[] = [
  // credentials in a URL: scheme://user:password@host
  /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@:]{0,256}:[^\s/@]{1,1024}@/gi,
  // Authorization headers and bearer tokens
  /\b((?:proxy-)?authorization["']?\s?[:=]\s?["']?(?:basic|bearer)\s)[^\s"',;]+/gi,
  /\b(bearer\s)[A-Za-z0-9._~+/-]{16,}=*/gi,
  // query parameters and JSON members that carry secrets
  /([?&](?:token|access_token|refresh_token|password|client_secret|sig|signature|x-amz-signature|x-amz-security-token|x-amz-credential)=)[^&\s"']+/gi,
  /("(?:token|access_token|refresh_token|password|identitytoken|registrytoken|auth|secret)"\s?:\s?")[^"]*(?=")/gi,
];

/** Replaces whatever looks like a credential. Applied to every error message, hint and detail. */
export function redact(text: string): string {
  let result = text;
  for (const pattern of patterns) {
    result = result.replace(pattern, (match, kept: string) => kept + REDACTED + (match.endsWith('@') ? '@' : ''));
  }
  return result;
}

/** A deep copy in which every string is redacted and every Secret is shown as such. */
export function redactDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, redactValue(value)]));
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (value instanceof Error) return redact(value.message);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return redactDetails(value as Record<string, unknown>);
  }
  return value;
}
