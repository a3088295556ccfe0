import { damaged } from './damaged.ts';
import { NameTable, nameTable } from './name-table.ts';

/**
 * The numbers of all names that records have: a record's own number is that of its id, and those of aliases that are no record's id follow.
 * Records come sorted by their ids' bytes.
 */
export function numberNames(records: Iterable<{ readonly id: string; readonly aliases: readonly string[] }>): {
  readonly numbers: ReadonlyMap<string, number>;
  readonly section: Buffer;
} {
  const numbers = new Map<string, number>();
  const ids: Buffer[] = [];
  const others = new Set<string>();
  for (const { id, aliases } of records) {
    numbers.set(id, numbers.size);
    ids.push(Buffer.from(id));
    for (const alias of aliases) others.add(alias);
  }
  const aliases = [...others].filter((name) => !numbers.has(name)).map((name) => Buffer.from(name));
  aliases.sort(Buffer.compare);
  for (const alias of aliases) numbers.set(alias.toString(), numbers.size);
  return { numbers, section: Buffer.concat([nameTable(ids), nameTable(aliases)]) };
}

/** The names as they lie. Throws ADVISORIES_DAMAGED. */
export class Names {
  readonly #ids: NameTable;
  readonly #aliases: NameTable;

  /** `records`: how many there are. */
  constructor(bytes: Buffer, records: number) {
    this.#ids = new NameTable(bytes);
    if (this.#ids.count !== records) throw damaged('its records are not as many as its header says');
    this.#aliases = new NameTable(bytes.subarray(this.#ids.end));
  }

  get(number: number): string {
    return number < this.#ids.count ? this.#ids.get(number) : this.#aliases.get(number - this.#ids.count);
  }

  find(name: string): number | undefined {
    const id = this.#ids.find(name);
    if (id !== undefined) return id;
    const alias = this.#aliases.find(name);
    return alias === undefined ? undefined : this.#ids.count + alias;
  }
}
