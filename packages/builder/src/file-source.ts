import type { Bytes, Io } from '@lading/bytes';
import type { Image } from '@lading/image';
import type { TarHeader } from '@lading/tar';

/**
 * Where COPY and ADD take files from: a local folder, a stage, or an image. Paths are relative to its root, as in tar headers.
 * Metadata is already what may go into an image: nothing of it depends on umask, checkout time or the builder's own user.
 */
export interface FileSource {
  /** For messages: `the build context`, `stage "pack"`. */
  readonly name: string;
  /**
   * One path, undefined when there is none or when it is ignored. Links on the way are followed inside the source and never lead
   * out of it, a link at the end when `follow`; the `path` of what is found is without links.
   */
  find(path: string, options: { readonly follow: boolean }): Promise<SourceFile | undefined>;
  /** What lies directly in a folder that was found, in byte order, without what is ignored. */
  list(folder: string): Promise<readonly SourceFile[]>;
  /** The content of files, in any order the source finds best. Each is read before the next is asked for. */
  read(files: readonly SourceFile[], io: Io): AsyncIterable<readonly [file: SourceFile, content: Bytes]>;
  /** Whether read() gives these files in just this order; it may give others in another. */
  keepsOrder(files: readonly SourceFile[]): boolean;
  /** What stands for the source in a cache key. */
  readonly identity: SourceIdentity;
  /** Of a stage or an image: what it is made of, for whoever wants it unpacked. */
  readonly layers?: Image['layers'] | undefined;
}

export type SourceIdentity =
  /** One name for everything in it: the files need not be looked at to know whether they are the same. */
  ({ readonly kind: 'whole'; readonly id: string } & FileIdentity) | ({ readonly kind: 'files' } & FileIdentity);

export interface FileIdentity {
  /** A digest of what the given files would bring into a layer, in that order: equal only for equal copies. */
  fingerprint(files: readonly SourceFile[], io: Io): Promise<string>;
  /** What a fingerprint says of one of its files, for explanations; asked for after it. */
  mark(file: SourceFile): string;
}

/** A file, folder or link of a source. `path` is where it lies there. */
export interface SourceFile extends TarHeader {
  /** True for an ignored folder that is there only because an exception brings back something below it. */
  readonly passage?: boolean;
  /** The same for all names of one hard-linked file. Absent where the source does not tell. */
  readonly contentId?: string;
}
