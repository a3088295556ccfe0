import { type Digest, digestOf } from '@lading/oci';
import { mixedBytes } from '@lading/testkit';

export interface Content {
  readonly digest: Digest;
  readonly size: number;
  bytes(): Buffer;
}

/** Few enough that the processes meet at the same content all the time; small ones, which wait in memory, and some that go through files. */
const sizes: readonly number[] = [
  ...Array.from({ length: 24 }, (_, at) => 100 + at * 1777),
  ...Array.from({ length: 4 }, (_, at) => 1_100_000 + at * 99_991),
];

/** The same for every process. */
export function soakContents(seed: number): readonly Content[] {
  return sizes.map((size, at) => {
    let made: Buffer | undefined;
    const bytes = (): Buffer => {
      made ??= mixedBytes(size, seed * 1000 + at + 1);
      return made;
    };
    return { digest: digestOf(bytes()), size, bytes };
  });
}
