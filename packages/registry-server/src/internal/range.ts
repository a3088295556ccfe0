/** Outcome of reading a `Range` header against content of a known size. `end` is exclusive. */
export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

/** RFC 9110 §14.2: one byte range; anything else that is not a byte range is ignored, as the RFC allows. */
export function parseRange(text: string | undefined, size: number): RangeRequest {
  const match = text === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(text.trim());
  if (match === null) return { kind: 'whole' };
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (start >= size || end <= start) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end };
}

/** The `Content-Range` of an upload chunk, `start-end` with both inclusive; undefined when it cannot be read. */
export function parseContentRange(text: string): { start: number; end: number } | undefined {
  const match = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  return end >= start ? { start, end } : undefined;
}
