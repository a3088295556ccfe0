import { stat } from 'node:fs/promises';
import { type Bytes, fromBuffer } from '@lading/bytes';
import type { Catalog } from '@lading/catalog';
import { type Descriptor, descriptorOf } from '@lading/oci';
import { type DirectoryStore, put, type ReferenceStore } from '@lading/store';
import { mixedBytes } from '@lading/testkit';
import type { Claim, Ledger, LedgerWriter, Place } from './ledger.ts';
import type { Random } from './random.ts';

/** What the steps of the recorded program share. */
export interface Session {
  readonly place: Place;
  readonly random: Random;
  readonly writer: LedgerWriter;
  /** What earlier sessions wrote. */
  readonly found: Ledger;
  readonly root: string;
  nextSeed: number;
  /** Content that no manifest names, put in this session. */
  readonly loose: Descriptor[];
  content?: Omit<DirectoryStore, 'root'>;
  references?: ReferenceStore;
  catalog?: Catalog;
}

export type Step = (session: Session) => Promise<void>;

export interface Sample {
  readonly bytes: Buffer;
  readonly seed: number;
  readonly descriptor: Descriptor;
}

/** New content, unless it is tiny; now and then more than one write takes. */
export function sample(session: Session, tiny: readonly number[] = [0, 1]): Sample {
  const { random } = session;
  const sizes = [...tiny, 511, 512, 4096, 5000, 20_000, 70_000];
  const size = random.chance(0.01) ? (1 << 20) + 70_000 : random.pick(sizes);
  const seed = session.nextSeed++;
  const bytes = mixedBytes(size, seed);
  return { bytes, seed, descriptor: descriptorOf(bytes, 'application/octet-stream') };
}

export function blobClaim({ place }: Session, { digest, size }: Pick<Descriptor, 'digest' | 'size'>): Claim {
  return { place, kind: 'blob', name: digest, value: size };
}

export async function putPromised(session: Session, bytes: Uint8Array, descriptor: Descriptor): Promise<void> {
  await session.writer.promise([blobClaim(session, descriptor)], () => put(session.content!, bytes, descriptor));
}

/** In up to three appends. */
export async function* parts(session: Session, bytes: Buffer): AsyncGenerator<Bytes, void, undefined> {
  const cuts = Array.from({ length: session.random.below(3) }, () => session.random.below(bytes.length + 1));
  const ends = [...cuts.sort((a, b) => a - b), bytes.length];
  let at = 0;
  for (const end of ends) {
    yield fromBuffer(bytes.subarray(at, end));
    at = end;
  }
}

/** Lets so many file operations of others go first. */
export async function lag({ root }: Session, operations: number): Promise<void> {
  for (let at = 0; at < operations; at++) await stat(root);
}
