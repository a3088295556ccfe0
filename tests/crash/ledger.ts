// What the program was promised. It writes a line before and after each call that promises something; a crash at any moment may then be
// held against the lines up to it.
import { writeSync } from 'node:fs';
import type { Digest } from '@lading/oci';

/** Where: the directory store with its catalog, or the OCI layout. */
export type Place = 'home' | 'layout';

/** What a name is once a call has resolved: a tag's digest, the size of a blob, manifest or link; null: gone. */
export interface Claim {
  readonly place: Place;
  readonly kind: 'blob' | 'tag' | 'manifest' | 'link';
  readonly name: string;
  readonly value: string | number | null;
}

/** A write on its way: the bytes are `mixedBytes(size, seed)`. */
export interface OpenIngest {
  readonly place: Place;
  readonly id: string;
  readonly digest: Digest;
  readonly size: number;
  readonly seed: number;
}

export type Line =
  | { readonly line: 'start' | 'done'; readonly claims: readonly Claim[] }
  | { readonly line: 'begun'; readonly ingest: OpenIngest }
  | { readonly line: 'ended'; readonly id: string }
  | { readonly line: 'session' };

/** Written by the program that is recorded. */
export interface LedgerWriter {
  /** Runs a call that makes the claims true when it resolves. */
  promise<T>(claims: readonly Claim[], work: () => Promise<T>): Promise<T>;
  session(): void;
  begun(ingest: OpenIngest): void;
  ended(id: string): void;
}

/** Writes to an open file. The recorder makes a mark of every line. */
export function createLedgerWriter(file: number): LedgerWriter {
  const say = (line: Line): void => void writeSync(file, `${JSON.stringify(line)}\n`);
  return {
    async promise(claims, work) {
      say({ line: 'start', claims });
      const result = await work();
      say({ line: 'done', claims });
      return result;
    },
    session: () => say({ line: 'session' }),
    begun: (ingest) => say({ line: 'begun', ingest }),
    ended: (id) => say({ line: 'ended', id }),
  };
}

/** What may be after the lines that were read. */
export interface Ledger {
  /** By name: the values that are right. More than one while a call is under way. A name that is not here was never spoken of. */
  values(place: Place, kind: Claim['kind']): ReadonlyMap<string, ReadonlySet<Claim['value']>>;
  readonly ingests: ReadonlyMap<string, OpenIngest>;
}

export function readLedger(lines: Iterable<string>): Ledger {
  const values = new Map<string, Map<string, Set<Claim['value']>>>();
  const ingests = new Map<string, OpenIngest>();
  const names = (place: Place, kind: Claim['kind']): Map<string, Set<Claim['value']>> => {
    const key = `${place} ${kind}`;
    const found = values.get(key) ?? new Map<string, Set<Claim['value']>>();
    values.set(key, found);
    return found;
  };
  for (const text of lines) {
    const line = JSON.parse(text) as Line; // our own lines
    switch (line.line) {
      case 'start':
        for (const { place, kind, name, value } of line.claims) {
          const known = names(place, kind);
          known.set(name, new Set([...(known.get(name) ?? [null]), value]));
        }
        break;
      case 'done':
        for (const { place, kind, name, value } of line.claims) {
          // That a blob is gone is not promised to outlast a crash: what comes back is whole, and is collected again.
          if (kind !== 'blob' || value !== null) names(place, kind).set(name, new Set([value]));
        }
        break;
      case 'begun':
        ingests.set(line.ingest.id, line.ingest);
        break;
      case 'ended':
        ingests.delete(line.id);
        break;
      case 'session':
        break;
    }
  }
  return { values: names, ingests };
}
