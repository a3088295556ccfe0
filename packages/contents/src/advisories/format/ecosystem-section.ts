import type { Vulnerable } from '../advisory-record.ts';
import { damaged } from './damaged.ts';
import { numberAt, numbersOf } from './numbers.ts';
import { Table, tableOf } from './table.ts';
import { readVulnerable } from './vulnerable.ts';

/**
 * Makes the section of one ecosystem: the sorted names of its packages, where the rows of each start, the rows (a record's number, and where
 * the affected versions are), and the affected versions, each once: releases of a distribution fix many vulnerabilities with one version.
 */
export class EcosystemBuilder {
  readonly #packages = new Map<string, number[]>();
  readonly #places = new Map<string, number>();
  readonly #pool: Buffer[] = [];
  #poolBytes = 0;

  /** Records come in their order, and of each what `writeVulnerable` wrote. */
  add(name: string, record: number, vulnerable: Buffer): void {
    const key = vulnerable.toString('latin1');
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#poolBytes;
      this.#places.set(key, place);
      this.#pool.push(vulnerable);
      this.#poolBytes += vulnerable.length;
    }
    const rows = this.#packages.get(name);
    if (rows === undefined) this.#packages.set(name, [record, place]);
    else rows.push(record, place);
  }

  section(): Buffer {
    const names = [...this.#packages.keys()].map((name) => Buffer.from(name)).sort(Buffer.compare);
    const rows = names.map((name) => this.#packages.get(name.toString()) ?? []);
    const firstRows = [0];
    for (const own of rows) firstRows.push((firstRows.at(-1) ?? 0) + own.length / 2);
    return Buffer.concat([tableOf(names), numbersOf(firstRows), ...rows.map(numbersOf), ...this.#pool]);
  }
}

/** A section as it lies. Every method throws ADVISORIES_DAMAGED where it does not follow the format. */
export class EcosystemSection {
  readonly #names: Table;
  readonly #firstRows: Buffer;
  readonly #rows: Buffer;
  readonly #pool: Buffer;
  readonly #vulnerable = new Map<number, Vulnerable>();

  constructor(bytes: Buffer) {
    this.#names = new Table(bytes);
    const rowsAt = this.#names.end + (this.#names.count + 1) * 4;
    this.#firstRows = bytes.subarray(this.#names.end, rowsAt);
    const poolAt = rowsAt + numberAt(this.#firstRows, this.#names.count) * 8;
    if (poolAt > bytes.length) throw damaged('the rows of an ecosystem are cut off');
    this.#rows = bytes.subarray(rowsAt, poolAt);
    this.#pool = bytes.subarray(poolAt);
  }

  /** How many packages it names. */
  get packages(): number {
    return this.#names.count;
  }

  name(index: number): string {
    return this.#names.get(index).toString();
  }

  /** The number of a package; undefined when nothing is said of it. */
  find(name: string): number | undefined {
    return this.#names.find(Buffer.from(name));
  }

  /** What is said of a package: pairs of a record's number and the place of the versions that it means. */
  rows(index: number): { readonly record: number; readonly place: number }[] {
    const rows: { record: number; place: number }[] = [];
    const end = numberAt(this.#firstRows, index + 1);
    for (let row = numberAt(this.#firstRows, index); row < end; row++)
      rows.push({ record: numberAt(this.#rows, row * 2), place: numberAt(this.#rows, row * 2 + 1) });
    return rows;
  }

  /** The versions at a place. Many rows share one, and so what was read of it. */
  vulnerable(place: number): Vulnerable {
    let vulnerable = this.#vulnerable.get(place);
    if (vulnerable === undefined) {
      vulnerable = readVulnerable(this.#pool, place);
      this.#vulnerable.set(place, vulnerable);
    }
    return vulnerable;
  }
}
