/** A value of a tag: a string, a number, bytes or an array of strings or numbers. */
export type RpmValue = string | number | Uint8Array | readonly string[] | readonly number[];

/** A package's header blob as rpm's databases hold it, with the values of some tags. */
export function makeRpmHeader(values: Readonly<Record<number, RpmValue>>): Buffer {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of Object.entries(values)) {
    const [type, count, bytes] = encode(value);
    const padding = type === 4 ? (4 - (offset % 4)) % 4 : 0;
    index.push(u32s(Number(tag), type, offset + padding, count));
    data.push(Buffer.alloc(padding), bytes);
    offset += padding + bytes.length;
  }
  return Buffer.concat([u32s(index.length, offset), ...index, ...data]);
}

function encode(value: RpmValue): [type: number, count: number, bytes: Buffer] {
  if (typeof value === 'string') return [6, 1, Buffer.from(`${value}\0`)];
  if (typeof value === 'number') return [4, 1, u32s(value)];
  if (value instanceof Uint8Array) return [7, value.length, Buffer.from(value)];
  const numbers = value.filter((one) => typeof one === 'number');
  if (numbers.length > 0) return [4, numbers.length, u32s(...numbers)];
  return [8, value.length, Buffer.from(value.map((one) => `${one}\0`).join(''))];
}

function u32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}
