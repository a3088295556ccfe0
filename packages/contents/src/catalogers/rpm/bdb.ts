import type { RandomAccess } from '../../random-access.ts';
import { type Fault, faultOf, maxBlobBytes, Pages } from './pages.ts';

/** Where the number that tells a hash database from others is, and the number. */
const magicAt = 12;
const hashMagic = 0x061561;

const pageHeaderBytes = 26;

/** Types of pages and of items on them, of `db_page.h`. */
const hashPages: readonly number[] = [2, 13];
const overflowPage = 7;
const keyData = 1;
const offPage = 3;

export function isBdbHash(start: Buffer): boolean {
  return start.length >= 72 && (start.readUInt32LE(magicAt) === hashMagic || start.readUInt32BE(magicAt) === hashMagic);
}

/**
 * The header blobs of a Berkeley DB hash, rpm's `Packages` before 4.16. A page of a bucket has an array of offsets, by turns of a key and of
 * its value; a value too large for a page is a chain of overflow pages. Buckets need not be computed: every page says what it is. Numbers
 * are in the order of the machine that made it, which the magic tells. A database is read twice at most. Throws PACKAGE_RECORD_INVALID.
 * Source: Berkeley DB 5.3, src/dbinc/db_page.h.
 */
export async function* readBdb(source: RandomAccess, path: string): AsyncGenerator<Buffer> {
  const fault = faultOf(path, 'a Berkeley DB hash');
  const meta = await source.read(0, 512);
  if (meta.length < 512 || !isBdbHash(meta)) throw fault('its first page is not one');
  const order = orderOf(meta);
  const pageSize = order.u32(meta, 20);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    throw fault(`its page size is ${pageSize}`);
  if (meta[24] !== 0 || ((meta[26] ?? 0) & 1) !== 0) throw fault('it is encrypted or has checksums');
  const buckets = new Pages(source, { size: pageSize, first: 0, fault });
  const chains = new Pages(source, { size: pageSize, first: 0, fault });
  for (let number = 1; number < buckets.count; number++) {
    const page = await buckets.take(number);
    if (!hashPages.includes(page[25] ?? 0)) continue;
    for (const item of valuesOf(page, order, number, fault)) {
      if (item[0] === offPage && item.length >= 12)
        yield await follow(chains, order, order.u32(item, 4), order.u32(item, 8), fault);
      else if (item[0] !== keyData) throw fault(`page ${number} has an item of type ${item[0]}`);
      // Key 0 has the last package's number.
      else if (item.length > 5) yield item.subarray(1);
    }
  }
}

/** Every second item of a page: they follow each other from its end to its start, each up to where the one before begins. */
function* valuesOf(page: Buffer, order: Order, number: number, fault: Fault): Generator<Buffer> {
  const entries = order.u16(page, 20);
  if (pageHeaderBytes + 2 * entries > page.length) throw fault(`page ${number} has ${entries} items`);
  const startOf = (entry: number): number => order.u16(page, pageHeaderBytes + 2 * entry);
  let end = page.length;
  for (let entry = 0; entry < entries; entry++) {
    const start = startOf(entry);
    if (start >= end || start < pageHeaderBytes + 2 * entries)
      throw fault(`page ${number} is damaged at item ${entry}`);
    if (entry % 2 === 1) yield page.subarray(start, end);
    end = start;
  }
}

async function follow(pages: Pages, order: Order, first: number, total: number, fault: Fault): Promise<Buffer> {
  if (total > maxBlobBytes) throw fault(`a value has ${total} bytes, at most ${maxBlobBytes} are read`);
  const parts: Buffer[] = [];
  let [have, next] = [0, first];
  while (have < total) {
    if (next === 0) throw fault(`a value of ${total} bytes ends after ${have}`);
    const page = await pages.take(next);
    const length = Math.min(order.u16(page, 22), total - have);
    if (page[25] !== overflowPage || length === 0 || pageHeaderBytes + length > page.length)
      throw fault(`page ${next} is not one of a value`);
    parts.push(page.subarray(pageHeaderBytes, pageHeaderBytes + length));
    have += length;
    next = order.u32(page, 16);
  }
  return Buffer.concat(parts, total);
}

interface Order {
  u16(bytes: Buffer, at: number): number;
  u32(bytes: Buffer, at: number): number;
}

function orderOf(meta: Buffer): Order {
  if (meta.readUInt32LE(magicAt) === hashMagic)
    return { u16: (bytes, at) => bytes.readUInt16LE(at), u32: (bytes, at) => bytes.readUInt32LE(at) };
  return { u16: (bytes, at) => bytes.readUInt16BE(at), u32: (bytes, at) => bytes.readUInt32BE(at) };
}
