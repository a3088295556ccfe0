/** Text for one line of a terminal: what could steer it is shown as an escape. */
export function terminalText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for HTML and XML, in elements and in quoted attributes. What XML 1.0 §2.2 has no place for becomes U+FFFD, and so do marks that turn
 * the direction of what follows and controls of terminals, in which pages are looked at too.
 */
export function markupText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/(?![\t\n])[\p{Cc}\p{Cf}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text for a cell of a Markdown table: no markup, no mention of anyone, no link, one line. */
export function markdownText(text: string): string {
  return terminalText(text)
    .replace(/[&<>]/g, (character) => entities[character] ?? character)
    .replace(/[\\`*_{}[\]()#+!|~-]/g, '\\$&')
    .replaceAll('@', '&#64;')
    .replace(/\b(https?|ftp|www)(?=[:.])/gi, '$1&#8203;');
}

/** The same as code, unless it has the mark of code in it. */
export function markdownCode(text: string): string {
  if (text.includes('`') || text.trim() === '') return markdownText(text);
  return `\`${terminalText(text).replaceAll('|', '\\|')}\``;
}
