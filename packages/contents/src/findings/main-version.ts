/**
 * Whether the version of a Go program's own module is one that was released. Builds without version control say `(devel)`, those between
 * releases have a pseudo-version (Go modules reference §pseudo-versions), and of changed trees nobody knows what is in them.
 */
export function isSureMainVersion(version: string): boolean {
  if (!/^v?\d+\.\d+\.\d+/.test(version) || version.includes('+dirty')) return false;
  return !/[-.]\d{14}-[0-9a-f]{12}(?:\+|$)/.test(version) && !/^v?0\.0\.0(?:-|$)/.test(version);
}
