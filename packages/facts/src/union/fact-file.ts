/** A file, or a folder, of a layer of which there are facts: they all live as long as it can be seen. */
export class FactFile {
  readonly layer: number;
  /** It was placed in the tree, whatever became of it. */
  placed = false;
  /** What a lower layer had at its path until this one came. */
  replaces: FactFile | undefined;
  /** Where it can be seen: its path, and those of its hard links. */
  readonly #places: Set<string> = new Set();
  #hiddenBy: number | undefined;

  constructor(layer: number) {
    this.layer = layer;
  }

  /** Where it is seen; undefined when it is not. */
  get place(): string | undefined {
    return this.#places.values().next().value;
  }

  /** The layer whose whiteout or entry hid it, or the last of its places. */
  get hiddenBy(): number | undefined {
    return this.#places.size > 0 ? undefined : this.#hiddenBy;
  }

  /** Its archive has it once more, and what comes later counts. */
  restart(): void {
    this.#places.clear();
  }

  show(path: string): void {
    this.placed = true;
    this.#places.add(path);
  }

  hide(path: string, layer: number): void {
    this.#places.delete(path);
    this.#hiddenBy = layer;
  }
}
