import { type Digest, digestOf } from '@lading/oci';

/** Goes up when the meaning of a part or the bytes that a step makes change, so that old results are not taken for new ones. */
const generation = 6;

/**
 * What a step's result depends on, by name: the names are what an explanation of a miss can point to.
 * A value is text, a list of texts, or absent; nothing in it may depend on the machine, the clock or a folder's place, and no
 * secret may stand in it.
 */
export type StepParts = Readonly<Record<string, string | readonly string[] | undefined>>;

export type StepKind = 'run' | 'copy' | 'add' | 'workdir' | 'compress' | 'squash' | 'recipe' | 'buildpack';

/** The key of a step, and what it was made of: equal parts, in any order, give equal digests. */
export interface StepKey {
  readonly kind: StepKind;
  readonly digest: Digest;
  readonly parts: StepParts;
  /** Of the part `content`, where that stands for files: each of them, so that an explanation can name one. Asked for on a miss only. */
  readonly files?: (() => Iterable<FileMark>) | undefined;
}

/** A file that went into a key. `mark` differs where anything of it differs that counts: `file 0644 <digest>`, `symlink 0777 <target>`. */
export interface FileMark {
  readonly path: string;
  readonly mark: string;
}

export function stepKey(kind: StepKind, parts: StepParts, files?: StepKey['files']): StepKey {
  const present = Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind, parts, files, digest: digestOf(JSON.stringify([generation, kind, present])) };
}
