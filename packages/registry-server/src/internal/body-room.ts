/** What one request takes of the memory that bodies share which are held whole. */
export interface BodyRoom {
  /** For so many more bytes; false when others have it now. */
  take(bytes: number): boolean;
  /** Gives back all of it. */
  close(): void;
}

/** Nearly every manifest fits into what each request has for itself. */
const freeBytes = 64 << 10;
const sharedBytes = 8 << 20;

/** Of the process, as memory is. */
let taken = 0;

/** The caller closes it. */
export function openBodyRoom(): BodyRoom {
  let [size, mine] = [0, 0];
  return {
    take(bytes) {
      size += bytes;
      const more = Math.max(0, size - freeBytes) - mine;
      if (taken + more > sharedBytes) return false;
      taken += more;
      mine += more;
      return true;
    },
    close() {
      taken -= mine;
      mine = 0;
    },
  };
}
