import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';

/** The most that one paragraph may hold, in bytes: Release files with every hash stay far below. */
export const MAX_PARAGRAPH_BYTES: number = 32 << 20;

/**
 * One paragraph of deb822 text: fields in the order they were written; names are matched without regard to case.
 * Debian Policy §5.1. The text is kept and fields are found in it when asked for, because an index has 63,000 paragraphs of
 * which a resolver looks at two hundred.
 */
export class Paragraph {
  /** The paragraph's own bytes, one character per byte (latin1). */
  readonly #raw: string;

  private constructor(raw: string) {
    this.#raw = raw;
  }

  /** From text of one character per byte (latin1), which must be one paragraph without its empty line. */
  static ofRaw(raw: string): Paragraph {
    return new Paragraph(raw);
  }

  /** The value, decoded as UTF-8; continuation lines keep their leading blank and are joined by `\n`. */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    for (const field of rawFields(this.#raw)) {
      if (field.name.length === wanted.length && field.name.toLowerCase() === wanted) return decode(field.value);
    }
    return undefined;
  }

  /** Every field, in order. */
  *fields(): Iterable<readonly [name: string, value: string]> {
    for (const field of rawFields(this.#raw)) yield [field.name, decode(field.value)];
  }

  /** The text as it was read, decoded as UTF-8, with one newline at the end. */
  toString(): string {
    return `${decode(this.#raw).replace(/\n+$/, '')}\n`;
  }
}

interface RawField {
  readonly name: string;
  readonly value: string;
}

function* rawFields(raw: string): Iterable<RawField> {
  let start = 0;
  while (start < raw.length) {
    let end = raw.indexOf('\n', start);
    if (end < 0) end = raw.length;
    // A field goes on over the lines that start with a blank.
    while (raw.charCodeAt(end + 1) === 0x20 || raw.charCodeAt(end + 1) === 0x09) {
      end = raw.indexOf('\n', end + 1);
      if (end < 0) end = raw.length;
    }
    const colon = raw.indexOf(':', start);
    if (colon > start && colon < end && raw.charCodeAt(start) !== 0x23) {
      yield { name: raw.slice(start, colon), value: raw.slice(colon + 1, end).trim() };
    }
    start = end + 1;
  }
}

function decode(raw: string): string {
  return isAscii(raw) ? raw : Buffer.from(raw, 'latin1').toString('utf8');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Every paragraph of a control file held in memory. Throws CONTROL_INVALID, which names the line. */
export function parseControl(data: Uint8Array | string): Paragraph[] {
  const buffer =
    typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const raw = buffer.toString('latin1');
  const paragraphs: Paragraph[] = [];
  for (const text of splitParagraphs(raw)) {
    check(text.raw, text.line);
    paragraphs.push(Paragraph.ofRaw(text.raw));
  }
  return paragraphs;
}

/** The only paragraph of a control file, such as `control` in a package. Throws CONTROL_INVALID. */
export function parseParagraph(data: Uint8Array | string): Paragraph {
  const paragraphs = parseControl(data);
  const [paragraph] = paragraphs;
  if (paragraph !== undefined && paragraphs.length === 1) return paragraph;
  throw new LadingError(
    'CONTROL_INVALID',
    `Cannot parse a control file: it has ${paragraphs.length} paragraphs, not one`,
  );
}

/** Paragraphs of a stream, one at a time; memory holds one chunk and one paragraph. Throws CONTROL_INVALID. */
export async function* readControl(bytes: Bytes): AsyncIterable<Paragraph> {
  let rest = '';
  let line = 1;
  for await (const chunk of bytes) {
    rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    // What follows the last empty line may go on in the next chunk.
    const cut = rest.lastIndexOf('\n\n');
    if (cut < 0) {
      if (rest.length > MAX_PARAGRAPH_BYTES) {
        throw invalid(line, `a paragraph is longer than ${MAX_PARAGRAPH_BYTES} bytes`);
      }
      continue;
    }
    const whole = rest.slice(0, cut + 2);
    rest = rest.slice(cut + 2);
    yield* checked(whole, line);
    line += countLines(whole);
  }
  yield* checked(rest, line);
}

function* checked(raw: string, firstLine: number): Iterable<Paragraph> {
  for (const text of splitParagraphs(raw)) {
    check(text.raw, firstLine - 1 + text.line);
    yield Paragraph.ofRaw(text.raw);
  }
}

function* splitParagraphs(raw: string): Iterable<{ raw: string; line: number }> {
  let start = 0;
  let line = 1;
  while (start < raw.length) {
    if (raw.charCodeAt(start) === 0x0a) {
      start++;
      line++;
      continue;
    }
    let end = raw.indexOf('\n\n', start);
    if (end < 0) end = raw.length;
    const text = raw.slice(start, end);
    yield { raw: text, line };
    line += countLines(text);
    start = end;
  }
}

function check(raw: string, firstLine: number): void {
  let line = firstLine;
  for (let start = 0; start < raw.length; line++) {
    let end = raw.indexOf('\n', start);
    if (end < 0) end = raw.length;
    const first = raw.charCodeAt(start);
    if (start === end) {
      // Only a trailing newline gets here.
    } else if (first === 0x20 || first === 0x09) {
      if (line === firstLine) throw invalid(line, 'a continuation line has no field before it');
    } else if (first !== 0x23) {
      const colon = raw.indexOf(':', start);
      if (colon < 0 || colon > end) throw invalid(line, 'there is no colon after the field name');
      if (colon === start) throw invalid(line, 'the field name is empty');
    }
    start = end + 1;
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function invalid(line: number, fault: string): LadingError {
  return new LadingError('CONTROL_INVALID', `Cannot parse a control file: line ${line}: ${fault}`, {
    details: { line },
  });
}
