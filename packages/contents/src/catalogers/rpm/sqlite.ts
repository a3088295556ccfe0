import type { RandomAccess } from '../../random-access.ts';
import { type Fault, faultOf, maxBlobBytes, Pages } from './pages.ts';
import { parseRecord, type SqliteValue, varint } from './sqlite-record.ts';

/** What a file of the format starts with. */
export const sqliteMagic = 'SQLite format 3\0';

/** SQLite makes no deeper tree of the most pages that a file can have. */
const maxDepth = 20;

/** Kinds of b-tree pages that tables have. */
const interior = 5;
const leaf = 13;

/**
 * The rows of a table, by rowid. Memory holds one row and the pages on the way to it; a database is read once at most, whatever is in it.
 * What a write-ahead log beside it would add is not seen. Throws PACKAGE_RECORD_INVALID, which names the page.
 * Source: sqlite.org/fileformat2.html, whose sections are named.
 */
export async function* readSqliteTable(
  source: RandomAccess,
  path: string,
  table: string,
): AsyncGenerator<readonly SqliteValue[]> {
  const fault = faultOf(path, 'an SQLite database');
  const trees = await openDatabase(source, fault);
  let root: number | undefined;
  // §2.6: type, name, tbl_name, rootpage, sql.
  for await (const [type, name, , rootPage] of trees.rows(1))
    if (type === 'table' && name === table && typeof rootPage === 'number') root = rootPage;
  if (root === undefined) throw fault(`it has no table ${table}`);
  yield* trees.rows(root);
}

/** §1.3 The database header. */
async function openDatabase(source: RandomAccess, fault: Fault): Promise<Trees> {
  const header = await source.read(0, 100);
  if (header.length < 100 || header.toString('latin1', 0, 16) !== sqliteMagic) throw fault('its header is not one');
  const stored = header.readUInt16BE(16);
  const size = stored === 1 ? 65_536 : stored;
  const usable = size - (header[20] ?? 0);
  if (size < 512 || (size & (size - 1)) !== 0 || usable < 480) throw fault(`its page size is ${size}`);
  if (header.readUInt32BE(56) > 1) throw fault('its text is not UTF-8');
  return new Trees(new Pages(source, { size, first: 1, fault }), usable, fault);
}

/** The b-trees of a database. */
class Trees {
  readonly #pages: Pages;
  /** Bytes of a page without those that extensions reserve at its end. */
  readonly #usable: number;
  readonly #fault: Fault;

  constructor(pages: Pages, usable: number, fault: Fault) {
    this.#pages = pages;
    this.#usable = usable;
    this.#fault = fault;
  }

  /** §1.6 B-tree Pages: what lies below one of a table. */
  async *rows(number: number, depth = 0): AsyncGenerator<readonly SqliteValue[]> {
    if (depth > maxDepth) throw this.#fault(`page ${number} is deeper than any tree is`);
    const page = (await this.#pages.take(number)).subarray(0, this.#usable);
    const start = number === 1 ? 100 : 0;
    const kind = page[start];
    if (kind !== interior && kind !== leaf) throw this.#fault(`page ${number} is not one of a table`);
    const cells = this.#cells(page, number, start + 3, start + (kind === interior ? 12 : 8));
    if (kind === leaf) yield* this.#leafRows(page, number, cells);
    else {
      for (const cell of cells) yield* this.rows(page.readUInt32BE(cell), depth + 1);
      yield* this.rows(page.readUInt32BE(start + 8), depth + 1);
    }
  }

  /** Where the cells of a page are: `pointers` is where it has them. */
  #cells(page: Buffer, number: number, countAt: number, pointers: number): number[] {
    const count = page.readUInt16BE(countAt);
    const content = pointers + 2 * count;
    if (content > page.length) throw this.#fault(`page ${number} has ${count} cells`);
    const cells = Array.from({ length: count }, (_, index) => page.readUInt16BE(pointers + 2 * index));
    if (cells.some((cell) => cell < content || cell + 4 > page.length)) throw this.#fault(`page ${number} is damaged`);
    return cells;
  }

  async *#leafRows(page: Buffer, number: number, cells: readonly number[]): AsyncGenerator<readonly SqliteValue[]> {
    // Cells do not overlap: all of them together are no more than the page.
    let left = page.length;
    for (const cell of cells) {
      const { local, total, next } = payloadOf(page, cell);
      left -= local.length;
      if (left < 0) throw this.#fault(`page ${number} is damaged`);
      const row = parseRecord(local.length === total ? local : await this.#follow(local, total, next));
      if (row === undefined) throw this.#fault(`page ${number} has a damaged row`);
      yield row;
    }
  }

  /** §1.7 Cell Payload Overflow Pages: each begins with the number of the next. */
  async #follow(local: Buffer, total: number, first: number): Promise<Buffer> {
    if (total > maxBlobBytes) throw this.#fault(`a row has ${total} bytes, at most ${maxBlobBytes} are read`);
    const parts = [local];
    let [have, next] = [local.length, first];
    while (have < total) {
      if (next === 0) throw this.#fault(`a row of ${total} bytes ends after ${have}`);
      const page = await this.#pages.take(next);
      const part = page.subarray(4, Math.min(this.#usable, 4 + total - have));
      parts.push(part);
      have += part.length;
      next = page.readUInt32BE(0);
    }
    return Buffer.concat(parts, total);
  }
}

/**
 * A row's payload as far as it lies in the page, its size in all, and the page where the rest begins; of a cell that reaches past the page,
 * no page. §1.6, "Table B-Tree Leaf Cell".
 */
function payloadOf(page: Buffer, cell: number): { local: Buffer; total: number; next: number } {
  const [total, afterTotal] = varint(page, cell);
  const [, start] = varint(page, afterTotal);
  // X, M and K of the specification.
  const most = page.length - 35;
  const least = Math.floor(((page.length - 12) * 32) / 255) - 23;
  const fitting = least + ((total - least) % (page.length - 4));
  const end = start + (total <= most ? total : fitting <= most ? fitting : least);
  const next = total > most && end + 4 <= page.length ? page.readUInt32BE(end) : 0;
  return { local: page.subarray(start, end), total, next };
}
