/** Values by the name of their field in lower case, in order. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** The headers above the first empty line, as in a mail: a line that starts with a blank goes on with the one before. */
export function parseHeaders(text: string): Headers {
  const headers = new Map<string, string[]>();
  let values: string[] = [];
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, text[end - 1] === '\r' ? end - 1 : end);
    at = end + 1;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (line[0] === ' ' || line[0] === '\t') {
      if (values.length > 0) values[values.length - 1] += `\n${line.slice(1)}`;
    } else if (colon > 0) {
      const field = line.slice(0, colon).toLowerCase();
      values = headers.get(field) ?? [];
      values.push(line.slice(colon + 1).trim());
      headers.set(field, values);
    }
  }
  return headers;
}
