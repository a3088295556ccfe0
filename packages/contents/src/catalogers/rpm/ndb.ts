import type { RandomAccess } from '../../random-access.ts';
import { type Fault, faultOf, maxBlobBytes } from './pages.ts';

/** What a file of the format starts with. */
export const ndbMagic = 'RpmP';

const pageBytes = 4096;
/** Slots and blobs are counted in blocks of this size. */
const blockBytes = 16;
const headerBytes = 32;

/**
 * The header blobs of `Packages.db`, rpm's "new database", in the order of its slots: after a header pages of slots, each of which gives a
 * package's number and the place of its blob, which has a head of its own. All numbers are little-endian. No more is read than the file has,
 * whatever the slots say. Checksums are not verified: a damaged header shows by itself. Throws PACKAGE_RECORD_INVALID.
 * Source: rpm's lib/backend/ndb/rpmpkg.c.
 */
export async function* readNdb(source: RandomAccess, path: string): AsyncGenerator<Buffer> {
  const fault = faultOf(path, 'an NDB database');
  const header = await source.read(0, headerBytes);
  if (header.length < headerBytes || header.toString('latin1', 0, 4) !== ndbMagic) throw fault('its header is not one');
  const [version, slotPages] = [header.readUInt32LE(4), header.readUInt32LE(12)];
  if (version !== 0) throw fault(`its version is ${version}`);
  const slotsEnd = slotPages * pageBytes;
  if (slotsEnd > source.size) throw fault(`${slotPages} pages of slots are more than it has`);
  let left = source.size;
  for (let page = 0; page < slotPages; page++) {
    const slots = await source.read(page * pageBytes, pageBytes);
    for (let at = page === 0 ? headerBytes : 0; at + blockBytes <= slots.length; at += blockBytes) {
      if (slots.toString('latin1', at, at + 4) !== 'Slot') throw fault(`slot page ${page} is damaged at byte ${at}`);
      const [number = 0, block = 0, blocks = 0] = [4, 8, 12].map((field) => slots.readUInt32LE(at + field));
      // Number 0 is that of free slots.
      if (number === 0) continue;
      // Blobs do not overlap: all of them together are no more than the file.
      const length = blocks * blockBytes;
      left -= length;
      if (block * blockBytes < slotsEnd || left < 0) throw fault(`package ${number} lies where none can be`);
      if (length > maxBlobBytes) throw fault(`package ${number} has ${length} bytes, at most ${maxBlobBytes} are read`);
      yield blobOf(await source.read(block * blockBytes, length), number, fault);
    }
  }
}

/** Magic, number, generation, length; behind the content a checksum and the like. */
function blobOf(stored: Buffer, number: number, fault: Fault): Buffer {
  const length = stored.length < blockBytes ? 0 : stored.readUInt32LE(12);
  const sound = stored.toString('latin1', 0, 4) === 'BlbS' && stored.readUInt32LE(4) === number;
  if (!sound || blockBytes + length > stored.length) throw fault(`package ${number} is damaged`);
  return stored.subarray(blockBytes, blockBytes + length);
}
