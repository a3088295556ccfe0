import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '@lading/oci';

/** What a process saw. Times are milliseconds of the system's steady clock, the same for all processes. */
export type Entry =
  /** A commit was acknowledged. */
  | { readonly kind: 'commit'; readonly digest: Digest; readonly from: number; readonly to: number }
  /** Content was there when the lease was taken, and the lease was held from then on until then. */
  | { readonly kind: 'lease'; readonly digest: Digest; readonly from: number; readonly to: number }
  /** A collection said that it removed this. */
  | {
      readonly kind: 'removed';
      readonly digest: Digest;
      readonly from: number;
      readonly to: number;
      readonly tooYoung: boolean;
    }
  /** Says how many bytes an adopted write had. */
  | { readonly kind: 'adopted'; readonly bytes: number }
  | { readonly kind: 'read' | 'tag' | 'untag' }
  | { readonly kind: 'violation'; readonly what: string };

export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Appends to the process's own file, in one write for each entry, so that a kill leaves whole lines. */
export class Ledger {
  readonly #path: string;

  constructor(folder: string, owner: number) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, String(owner));
  }

  add(entry: Entry): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }
}

export function readLedgers(folder: string): Entry[] {
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Entry => JSON.parse(line)),
  );
}
