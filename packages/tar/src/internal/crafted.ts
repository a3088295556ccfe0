import { BLOCK } from './block-reader.ts';
import { formatPaxRecords } from './pax-records.ts';

/** Fields of a header made by hand, for tests of what `writeTar` never writes. Text goes in as it is. */
export interface CraftedHeader {
  readonly name?: string | Uint8Array;
  readonly mode?: string;
  readonly uid?: string | Uint8Array;
  readonly gid?: string | Uint8Array;
  readonly size?: string | Uint8Array;
  readonly mtime?: string | Uint8Array;
  readonly type?: string;
  readonly link?: string;
  readonly magic?: string;
  readonly prefix?: string;
  /** Raw bytes at a position, written before the checksum. */
  readonly raw?: ReadonlyMap<number, string | Uint8Array>;
  readonly signedChecksum?: boolean;
}

/** One header block with a right checksum. */
export function craftHeader(header: CraftedHeader): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (at: number, value: string | Uint8Array): void => {
    block.set(typeof value === 'string' ? Buffer.from(value, 'latin1') : value, at);
  };
  put(0, header.name ?? 'entry');
  put(100, header.mode ?? '0000644\0');
  put(108, header.uid ?? '0000000\0');
  put(116, header.gid ?? '0000000\0');
  put(124, header.size ?? '00000000000\0');
  put(136, header.mtime ?? '00000000000\0');
  put(156, header.type ?? '0');
  put(157, header.link ?? '');
  put(257, header.magic ?? 'ustar\x0000');
  put(345, header.prefix ?? '');
  for (const [at, value] of header.raw ?? []) put(at, value);
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += header.signedChecksum && byte > 127 ? byte - 256 : byte;
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** Content followed by its padding. */
export function craftContent(content: string | Uint8Array): Buffer {
  const data = Buffer.from(content);
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);
}

export function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`;
}

/** A PAX (`x`, `g`) header with records. */
export function craftPax(records: readonly (readonly [string, string | Uint8Array])[], type = 'x'): Buffer {
  const data = formatPaxRecords(records.map(([key, value]) => [key, Buffer.from(value)] as const));
  return craftExtension(type, data);
}

/** A header of some type with content. */
export function craftExtension(type: string, data: string | Uint8Array): Buffer {
  const size = octal(Buffer.from(data).length);
  return Buffer.concat([craftHeader({ name: 'extension', type, size }), craftContent(data)]);
}

/** A whole archive, ended by two zero blocks. */
export function craftArchive(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}
