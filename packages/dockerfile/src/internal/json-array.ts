import type { LogicalLine, Piece } from './logical-line.ts';
import { skipSpace } from './space.ts';

/**
 * The strings of a JSON array, each with its place; undefined when the text is no JSON array, which makes it the shell form.
 * An array of anything but strings is an error, found at the caller's `reject`.
 */
export function parseJsonArray(line: LogicalLine, rest: Piece, reject: () => Error): Piece[] | undefined {
  if (line.text.charAt(skipSpace(line.text, rest.start, rest.end)) !== '[' || rest.end === rest.start) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(rest.text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const places = stringPlaces(line.text, rest.start, rest.end);
  return value.map((text: unknown, index) => {
    if (typeof text !== 'string') throw reject();
    const place = places[index] ?? { start: rest.start, end: rest.end };
    return { text, ...place };
  });
}

/** Where the string literals of valid JSON are, quotes included. */
function stringPlaces(text: string, start: number, end: number): { start: number; end: number }[] {
  const places: { start: number; end: number }[] = [];
  for (let at = start; at < end; at++) {
    if (text.charAt(at) !== '"') continue;
    const open = at++;
    while (at < end && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
    places.push({ start: open, end: at + 1 });
  }
  return places;
}
