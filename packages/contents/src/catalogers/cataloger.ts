import type { Distribution, FoundPackage, PackageType } from '@lading/facts';
import type { TarHeader } from '@lading/tar';

/**
 * Finds the packages of one ecosystem. It has no memory: what it says of a file depends on that file alone, so that layers can be read as
 * streams, in any order, and their facts kept. What several files say of one package is joined later, by name.
 */
export interface Cataloger {
  /** `dpkg`, `npm`, `go-binary`. */
  readonly name: string;
  /**
   * Whether it reads a file, from its header and its first bytes (at least `min(size, 64)`, up to a chunk). It is asked for every file of
   * every layer: it must be quick, and take as few files as it can.
   */
  wants(file: TarHeader, start: Uint8Array): boolean;
  /**
   * What a file says. Throws a LadingError for a file that is broken: it becomes a warning that names the path, and the reading goes on.
   * Must bound time and memory whatever the file holds.
   */
  read(file: CatalogedFile): AsyncIterable<Fact> | Iterable<Fact>;
}

/** A file of a layer with its content, which may be read in any order while the cataloger has it. */
export interface CatalogedFile {
  /** As in the layer; for a member of an archive with `!/` before its path in there. */
  readonly path: string;
  readonly header: TarHeader;
  /** Bytes. */
  readonly size: number;
  /** Up to `length` bytes from `offset`: fewer only at the end. The bytes are the caller's to read, not to change. */
  read(offset: number, length: number): Promise<Buffer>;
  /** All of it. Throws CONTENT_TOO_LARGE when it is larger. */
  whole(maxBytes?: number): Promise<Buffer>;
  readonly signal?: AbortSignal | undefined;
}

/** What a file says. */
export type Fact =
  | {
      readonly kind: 'package';
      readonly package: Omit<FoundPackage, 'cataloger' | 'location'> & { readonly location?: string };
    }
  /** The licenses of a package that another file describes. */
  | {
      readonly kind: 'licenses';
      readonly type: PackageType;
      readonly name: string;
      readonly licenses: readonly string[];
    }
  /** Paths that belong to a package of the distribution, without a leading `/`. Only those of other catalogers' packages are kept. */
  | { readonly kind: 'owns'; readonly type: PackageType; readonly name: string; readonly paths: Iterable<string> }
  | { readonly kind: 'distribution'; readonly distribution: Distribution }
  | { readonly kind: 'warning'; readonly message: string; readonly path?: string };
