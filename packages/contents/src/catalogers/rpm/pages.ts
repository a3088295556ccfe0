import { LadingError } from '@lading/errors';
import { type RandomAccess, windowed } from '../../random-access.ts';

/** How much is read at once: chains of pages mostly follow each other. */
const windowBytes = 64 << 10;

/** The longest header blob that is read: those of packages with 50,000 files have 10 MB. */
export const maxBlobBytes: number = 32 << 20;

/** Makes the error for what is wrong with a database. */
export type Fault = (what: string) => LadingError;

/** Errors for a database that is not as its format has it: PACKAGE_RECORD_INVALID. */
export function faultOf(path: string, format: string): Fault {
  return (what) => new LadingError('PACKAGE_RECORD_INVALID', `Cannot read ${path} as ${format}: ${what}`);
}

/**
 * The pages of a database. Each may be taken once: in a sound database no page belongs to two trees or chains, so that reading one takes no
 * longer than its size allows, however its pages point to each other.
 */
export class Pages {
  readonly count: number;
  /** Bytes of each. */
  readonly size: number;
  readonly #source: RandomAccess;
  readonly #first: number;
  readonly #taken: Uint8Array;
  readonly #fault: Fault;

  /** `first` is the number of the first page. */
  constructor(source: RandomAccess, { size, first, fault }: { size: number; first: number; fault: Fault }) {
    this.size = size;
    this.count = Math.floor(source.size / size);
    this.#source = windowed(source, windowBytes);
    this.#first = first;
    this.#taken = new Uint8Array(Math.ceil(this.count / 8));
    this.#fault = fault;
  }

  /** Throws PACKAGE_RECORD_INVALID for a page that is not there or was taken before. The bytes are not the caller's to change. */
  async take(number: number): Promise<Buffer> {
    const index = number - this.#first;
    if (index < 0 || index >= this.count) throw this.#fault(`page ${number} is not there`);
    const [byte, bit] = [index >> 3, 1 << (index & 7)];
    const taken = this.#taken[byte] ?? 0;
    if ((taken & bit) !== 0) throw this.#fault(`page ${number} is used twice`);
    this.#taken[byte] = taken | bit;
    const page = await this.#source.read(index * this.size, this.size);
    if (page.length < this.size) throw this.#fault(`page ${number} is cut off`);
    return page;
  }
}
