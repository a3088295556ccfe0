import { isUtf8 } from 'node:buffer';
import { printable } from '../printable.ts';

/** So much of a file is looked at. */
export const maxPreviewBytes: number = 256 << 10;

/** The beginning of a file, line by line: text as it is but safe for a terminal, anything else as a hexadecimal dump. */
export function contentText(content: Buffer, size: number): string[] {
  const text = textOf(content, size);
  const lines = text === undefined ? hexLines(content) : textLines(text);
  return size > content.length ? [...lines, '', `… ${size - content.length} more bytes`] : lines;
}

/** Without a NUL, and UTF-8 but for a character that the end of what was read may have cut; undefined for what is no text. */
function textOf(content: Buffer, size: number): string | undefined {
  if (content.includes(0)) return undefined;
  for (let cut = 0; cut <= (content.length < size ? 3 : 0); cut += 1) {
    const whole = content.subarray(0, content.length - cut);
    if (isUtf8(whole)) return whole.toString('utf8');
  }
  return undefined;
}

function textLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => printable(line.replaceAll('\t', '    ')));
}

function hexLines(content: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < content.length; at += 16) {
    const row = content.subarray(at, at + 16);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.toString('latin1').replace(/[^ -~]/g, '.');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines;
}
