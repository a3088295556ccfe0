/** An ecosystem without its release: `Debian` for `Debian:12`. OSV schema §affected[].package. */
export function ecosystemFamily(ecosystem: string): string {
  const colon = ecosystem.indexOf(':');
  return colon < 0 ? ecosystem : ecosystem.slice(0, colon);
}
