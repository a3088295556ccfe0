/** Text from an image or a server, safe for a terminal: what could steer it is shown as an escape. Line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}

/** A value as JSON in which nothing steers a terminal either: JSON itself only escapes what is below U+0020. Undefined for undefined. */
export function printableJson(value: unknown): string | undefined {
  return JSON.stringify(value, undefined, 2)?.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, escapedInJson);
}

/** RFC 8259 §7: by UTF-16 units. */
function escapedInJson(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
