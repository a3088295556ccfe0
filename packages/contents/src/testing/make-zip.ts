import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Kept as it is, as Spring Boot keeps jars in a jar; else deflated. */
  readonly stored?: boolean | undefined;
  /** What the directory says instead of the truth. */
  readonly claims?: {
    readonly size?: number;
    readonly compressedSize?: number;
    readonly crc32?: number;
    readonly offset?: number;
    readonly method?: number;
    readonly flags?: number;
  };
}

export interface MakeZipOptions {
  /** Bytes in front that the archive's own offsets do not count. */
  readonly prefix?: Uint8Array | undefined;
  readonly comment?: string | undefined;
  /** Writes every number that has a place in zip64 records there. */
  readonly zip64?: boolean | undefined;
}

/** A zip file, or something that claims to be one. */
export function makeZip(members: readonly ZipMember[], options: MakeZipOptions = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false, claims = {} } of members) {
    const bytes = Buffer.from(content);
    const data = stored ? bytes : deflateRawSync(bytes);
    const nameBytes = Buffer.from(name);
    const method = claims.method ?? (stored ? 0 : 8);
    const sizes = [claims.size ?? bytes.length, claims.compressedSize ?? data.length, claims.offset ?? offset];
    const wide = options.zip64 ? Buffer.concat([u16(1), u16(24), ...sizes.map(u64)]) : Buffer.alloc(0);
    const [size = 0, compressedSize = 0, start = 0] = options.zip64 ? sizes.map(() => 0xffffffff) : sizes;
    const common = Buffer.concat([
      ...[20, claims.flags ?? 0x0800, method, 0, 0].map(u16),
      ...[claims.crc32 ?? crc32(bytes), compressedSize, size].map(u32),
      u16(nameBytes.length),
    ]);
    // A local header has an extra field of its own: readers must not take the directory's length for it.
    const local = Buffer.concat([u32(0x04034b50), common, u16(4), nameBytes, Buffer.from([0xfe, 0xca, 0, 0]), data]);
    directory.push(
      Buffer.concat([u32(0x02014b50), u16(20), common, u16(wide.length), ...[0, 0, 0].map(u16), u32(0), u32(start)]),
      nameBytes,
      wide,
    );
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const comment = Buffer.from(options.comment ?? '');
  const tail = options.zip64 ? endOf64(members.length, central.length, offset) : Buffer.alloc(0);
  const counts = options.zip64
    ? [u16(0xffff), u16(0xffff), u32(0xffffffff), u32(0xffffffff)]
    : [u16(members.length % 0x10000), u16(members.length % 0x10000), u32(central.length), u32(offset)];
  const end = Buffer.concat([u32(0x06054b50), u16(0), u16(0), ...counts, u16(comment.length), comment]);
  return Buffer.concat([options.prefix ?? Buffer.alloc(0), ...parts, central, tail, end]);
}

function endOf64(entries: number, size: number, offset: number): Buffer {
  const record = [
    u32(0x06064b50),
    u64(44),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    ...[entries, entries, size, offset].map(u64),
  ];
  return Buffer.concat([...record, u32(0x07064b50), u32(0), u64(offset + size), u32(1)]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
