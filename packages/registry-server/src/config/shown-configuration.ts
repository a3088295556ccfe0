import { REDACTED, redact, Secret } from '@lading/errors';

/** The configuration as JSON values: secrets read `[redacted]`, also those in URLs; what is compiled from it (functions) is left out. */
export function shownConfiguration(value: unknown): unknown {
  if (value instanceof Secret) return value.toJSON();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) return shownConfiguration(Object.fromEntries(value));
  if (value instanceof Set) return shownConfiguration([...value]);
  if (value instanceof RegExp) return value.source;
  if (typeof value === 'string') return redact(value).replace(/^(https?:[^?]*\?).*$/, `$1${REDACTED}`);
  if (Array.isArray(value)) return value.map(shownConfiguration);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined && typeof member !== 'function');
  return Object.fromEntries(members.map(([name, member]) => [name, shownConfiguration(member)]));
}
