import type { Io } from '@lading/bytes';
import type { FileSource, SourceFile } from '../file-source.ts';
import type { Selected } from './select.ts';

/** What one or more sources of an instruction name, in one place that files come from. */
export interface CopyInput {
  readonly source: FileSource;
  /** As written, for messages and keys; without credentials. */
  readonly names: readonly string[];
  /** Finds the files; asked once. */
  readonly select: () => Promise<readonly Selected[]>;
  /** Archives among them are unpacked. */
  readonly unpack: boolean;
}

/** Several inputs as one source to read from: each file is read where it was selected. */
export function joinedSource(selections: readonly (readonly [CopyInput, readonly Selected[]])[]): FileSource {
  const [only, ...others] = selections;
  if (only !== undefined && others.length === 0) return only[0].source;
  const origins = new Map<SourceFile, FileSource>();
  for (const [{ source }, selected] of selections)
    for (const { file, above, inside } of selected)
      for (const one of [file, ...above, ...inside]) origins.set(one, source);
  return {
    name: selections.map(([{ source }]) => source.name).join(' and '),
    find: async () => undefined,
    list: async () => [],
    keepsOrder: (files) =>
      selections.every(([{ source }]) => source.keepsOrder(files.filter((file) => origins.get(file) === source))),
    async *read(files, io: Io) {
      // Files of one source are asked for together as long as they follow each other.
      for (let at = 0; at < files.length; ) {
        const source = origins.get(files[at] as SourceFile);
        let end = at + 1;
        while (end < files.length && origins.get(files[end] as SourceFile) === source) end += 1;
        if (source !== undefined) yield* source.read(files.slice(at, end), io);
        at = end;
      }
    },
    identity: {
      kind: 'files',
      fingerprint: () => Promise.reject(new Error('the inputs have identities of their own')),
      mark: () => '',
    },
  };
}
