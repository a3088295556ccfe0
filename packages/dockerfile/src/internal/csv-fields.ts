/**
 * The fields of one CSV record (RFC 4180), as `--mount` and `--device` use it: a field in double quotes may hold commas, and
 * `""` in it is one quote. Undefined when quotes do not close or stand within a plain field.
 */
export function csvFields(text: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  while (true) {
    const parts: string[] = [];
    if (text.charAt(at) === '"') {
      at++;
      while (true) {
        const close = text.indexOf('"', at);
        if (close === -1) return undefined;
        parts.push(text.slice(at, close));
        at = close + 1;
        if (text.charAt(at) !== '"') break;
        parts.push('"');
        at++;
      }
      if (at < text.length && text.charAt(at) !== ',') return undefined;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma === -1 ? text.length : comma;
      const field = text.slice(at, end);
      if (field.includes('"')) return undefined;
      parts.push(field);
      at = end;
    }
    fields.push(parts.join(''));
    if (at >= text.length) return fields;
    at++;
  }
}
