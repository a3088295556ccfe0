/** The main section of a manifest, by names in lower case. Source: JAR File Specification, "JAR Manifest". */
export function parseManifest(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let last: string | undefined;
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    // What follows the first empty line is about single members.
    if (line === '' && headers.size > 0) break;
    if (line.startsWith(' ') && last !== undefined) {
      headers.set(last, headers.get(last) + line.slice(1));
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    last = line.slice(0, colon).toLowerCase();
    headers.set(last, line.slice(colon + 1).trimStart());
  }
  return headers;
}

/** What `Bundle-License` names: identifiers of SPDX or addresses, each with attributes. Source: OSGi Core 8 §3.2.1.10. */
export function licensesOf(manifest: ReadonlyMap<string, string>): string[] {
  const clauses = (manifest.get('bundle-license') ?? '').slice(0, 2048).split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  const names = clauses.map((clause) => (clause.split(';', 1)[0] as string).trim().replace(/^"(.*)"$/, '$1'));
  return names.filter((name) => name !== '' && name !== '<<EXTERNAL>>');
}
