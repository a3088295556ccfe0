/**
 * Whether text matches a pattern in full: `*` is anything but a slash, `**` anything, `?` one character. Patterns are written by those who run
 * the program; many stars in one of them cost its author time, nobody else.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let known = compiled.get(pattern);
  if (known === undefined) {
    known = new RegExp(`^${pattern.replace(/\*\*\/?|[*?]|[^*?]+/g, toExpression)}$`, 's');
    compiled.set(pattern, known);
  }
  return known.test(text);
}

const compiled = new Map<string, RegExp>();

function toExpression(part: string): string {
  if (part === '**/') return '(?:.*/)?';
  if (part === '**') return '.*';
  if (part === '*') return '[^/]*';
  return part === '?' ? '[^/]' : RegExp.escape(part);
}
