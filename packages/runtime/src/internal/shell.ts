/** A text as one word of POSIX sh. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** A path as a field of fstab(5). */
export function fstabField(text: string): string {
  return text.replace(/[\\\s#"]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
