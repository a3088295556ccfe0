import type { FoundSecret } from '@lading/facts';

/** Looks for secrets in files that stream past. One for each layer that is read. */
export interface SecretScanner {
  /**
   * Begins a file; undefined when nothing in it is looked at: by its name, its size or its first bytes (binaries). `byName` are findings that
   * need no content.
   */
  begin(path: string, size: number, start: Uint8Array): SecretFile | undefined;
  byName(path: string): readonly FoundSecret[];
}

/** Takes a file's content in order, from its start; works at once and holds on to no chunk. */
export interface SecretFile {
  push(chunk: Uint8Array): void;
  /** Everything found in the file. */
  end(): readonly FoundSecret[];
}
