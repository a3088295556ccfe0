import { HttpFailure } from './http-failure.ts';

/** By lower-case name; a header that came several times is a list. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  /** What HTTP/1.0 does not promise by itself. */
  readonly keepAlive: boolean;
}

/** A head that is longer is refused. */
export const mostHeadBytes: number = 64 << 10;

/**
 * Where the head of a message ends (behind its empty line), or undefined when that is not there yet.
 */
export function endOfHead(bytes: Buffer): number | undefined {
  const at = bytes.indexOf('\r\n\r\n');
  if (at >= 0) return at + 4;
  if (bytes.length >= mostHeadBytes) throw invalid('its head does not end');
  return undefined;
}

/** Reads status line and headers, strictly: no folded lines, no spaces in names. Throws HTTP_INVALID. RFC 9112 §4, §5. */
export function parseHead(bytes: Buffer): ResponseHead {
  const [first = '', ...lines] = bytes.toString('latin1', 0, bytes.length - 4).split('\r\n');
  const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw invalid('it does not begin as HTTP/1.1 does');
  const headers: Record<string, string | string[] | undefined> = Object.create(null);
  for (const line of lines) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || hasControls(value)) throw invalid('a header of it is malformed');
    const key = name.toLowerCase();
    const before = headers[key];
    if (before === undefined) headers[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else headers[key] = [before, value];
  }
  const connection = (headerOf(headers, 'connection') ?? '').toLowerCase();
  const keepAlive = minor === '1' ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
  return { status: Number(status), headers, keepAlive };
}

export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** How the end of a body is told: by its length in bytes, by chunks, or by the end of the connection. RFC 9112 §6.3. */
export function framingOf(method: string, { status, headers }: ResponseHead): number | 'chunked' | 'close' {
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  const coding = headerOf(headers, 'transfer-encoding')?.toLowerCase();
  if (coding !== undefined) {
    if (coding !== 'chunked') throw invalid(`it has the transfer coding "${coding.slice(0, 50)}"`);
    return 'chunked';
  }
  const lengths = new Set((headerOf(headers, 'content-length') ?? '').split(',').map((each) => each.trim()));
  const [length = ''] = lengths;
  if (length === '' && lengths.size === 1) return 'close';
  if (lengths.size > 1 || !/^\d{1,15}$/.test(length)) throw invalid('its length is malformed');
  return Number(length);
}

function hasControls(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  return /[\x00-\x08\x0a-\x1f\x7f]/.test(value);
}

export function invalid(why: string): HttpFailure {
  return new HttpFailure('HTTP_INVALID', `the answer is not HTTP/1.1: ${why}`);
}
