import { damaged } from './damaged.ts';

/** Unsigned 32-bit numbers, little-endian. */
export function numbersOf(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, index * 4);
  });
  return bytes;
}

/** One of them. Throws ADVISORIES_DAMAGED where there are not so many. */
export function numberAt(bytes: Buffer, index: number): number {
  if ((index + 1) * 4 > bytes.length) throw damaged('a list in it is cut off');
  return bytes.readUInt32LE(index * 4);
}
