import type { Spool, Stretch } from '../../internal/spool.ts';

/** What the loader wants to know of a shared object: System V ABI, ELF. */
export interface SharedObject {
  readonly bits: 32 | 64;
  /** `e_machine`. */
  readonly machine: number;
  readonly soname: string | undefined;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const MAX_TABLE_BYTES = 1 << 20;

/** The shared object in a file of the spool; undefined when it is none, or damaged. Little-endian ones only. */
export async function readSharedObject(file: Stretch, spool: Spool): Promise<SharedObject | undefined> {
  const read = async (offset: number, size: number): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    const bounded = Math.max(0, Math.min(size, file.size - offset, MAX_TABLE_BYTES));
    for await (const chunk of spool.read({ offset: file.offset + offset, size: bounded })) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const head = await read(0, 64);
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[5] !== 1) return undefined;
  const bits = head[4] === 2 ? 64 : 32;
  const word = (buffer: Buffer, at: number): number =>
    bits === 64 ? Number(buffer.readBigUInt64LE(at)) : buffer.readUInt32LE(at);
  const machine = head.readUInt16LE(18);
  const [entrySize, entries] =
    bits === 64 ? [head.readUInt16LE(54), head.readUInt16LE(56)] : [head.readUInt16LE(42), head.readUInt16LE(44)];
  const table = await read(word(head, bits === 64 ? 32 : 28), entrySize * entries);
  const segments = Array.from({ length: Math.floor(table.length / Math.max(1, entrySize)) }, (_, index) => {
    const one = table.subarray(index * entrySize);
    const [offset, address, size] = bits === 64 ? [8, 16, 32] : [4, 8, 16];
    return { type: one.readUInt32LE(0), offset: word(one, offset), address: word(one, address), size: word(one, size) };
  });
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (dynamic === undefined) return undefined;
  const step = bits / 4;
  const entriesOf = await read(dynamic.offset, dynamic.size);
  const values = new Map<number, number>();
  for (let at = 0; at + step <= entriesOf.length; at += step) {
    values.set(word(entriesOf, at), word(entriesOf, at + step / 2));
  }
  const [names, name] = [values.get(DT_STRTAB), values.get(DT_SONAME)];
  if (names === undefined || name === undefined) return { bits, machine, soname: undefined };
  const holder = segments.find(
    ({ type, address, size }) => type === PT_LOAD && names >= address && names < address + size,
  );
  if (holder === undefined) return undefined;
  const text = await read(names - holder.address + holder.offset + name, 256);
  const end = text.indexOf(0);
  return { bits, machine, soname: end <= 0 ? undefined : text.toString('latin1', 0, end) };
}
