import { printable } from '../printable.ts';

/** A path of an image for people: with a leading slash, on one line, bytes that are no UTF-8 as `\xff`. */
export function pathText(path: string): string {
  return `/${nameText(path)}`;
}

/** The same for one name. */
export function nameText(name: string): string {
  const escaped = name.replace(
    /[\n\t]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (character) =>
      character === '\n' ? '\\n' : character === '\t' ? '\\t' : `\\x${(character.charCodeAt(0) & 0xff).toString(16)}`,
  );
  return printable(escaped);
}
