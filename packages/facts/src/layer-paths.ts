import { decodeName, encodeName } from '@lading/tar';

/** What a layer has, or hides, at a path. */
export type LayerPath =
  /** `remove` hides a path of lower layers with all below it, `opaque` all that they have in a folder. OCI image-spec 1.1 §layer, whiteouts. */
  | { readonly kind: 'remove' | 'opaque' | 'directory' | 'other'; readonly path: string; readonly target?: undefined }
  /** `target` as in `TarHeader.linkPath`. */
  | { readonly kind: 'symlink' | 'hardlink'; readonly path: string; readonly target: string };

const kinds = ['other', 'directory', 'symlink', 'hardlink', 'remove', 'opaque'] as const;
const kindBits = 3;
const pieceBytes = 64 << 10;

/**
 * Takes the paths of a layer while it streams by and makes `LayerFacts.paths` of them: about 20 bytes for each, for a path holds only what
 * makes it different from the one before. Whiteouts are put first: wherever they stand in an archive, they hide what lower layers have.
 *
 * Of each path: a varint of `shared << 3 | kind`, where `shared` counts the UTF-16 units that it begins with as the path before; the rest,
 * and for links the target, as bytes with a varint of their number before them.
 */
export class LayerPathsEncoder {
  readonly #whiteouts: PathWriter = new PathWriter();
  readonly #entries: PathWriter = new PathWriter();

  /** How many paths it has taken. */
  get count(): number {
    return this.#whiteouts.count + this.#entries.count;
  }

  /** How many bytes it holds on to. */
  get size(): number {
    return this.#whiteouts.size + this.#entries.size;
  }

  add(entry: LayerPath): void {
    const isWhiteout = entry.kind === 'remove' || entry.kind === 'opaque';
    (isWhiteout ? this.#whiteouts : this.#entries).add(entry);
  }

  bytes(): Buffer {
    // The first entry shares nothing with the last whiteout: it was not written after it.
    return Buffer.concat([...this.#whiteouts.pieces(), ...this.#entries.pieces()]);
  }
}

class PathWriter {
  count = 0;
  size = 0;
  readonly #full: Buffer[] = [];
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;
  #previous = '';

  add({ kind, path, target }: LayerPath): void {
    const shared = sharedLength(this.#previous, path);
    this.#previous = path;
    this.#number(shared * (1 << kindBits) + kinds.indexOf(kind));
    this.#text(shared === 0 ? path : path.slice(shared));
    if (target !== undefined) this.#text(target);
    this.count += 1;
  }

  pieces(): readonly Buffer[] {
    return [...this.#full, this.#piece.subarray(0, this.#at)];
  }

  #number(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#piece[this.#at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#piece[this.#at++] = rest;
  }

  #text(text: string): void {
    // Most are short and well-formed: they need no buffer of their own, and their length is one byte.
    if (text.length < 0x80 >> 2 && text.isWellFormed()) {
      this.#reserve(0x80);
      const length = this.#piece.write(text, this.#at + 1);
      this.#piece[this.#at] = length;
      this.#at += 1 + length;
      return;
    }
    const bytes = encodeName(text);
    this.#number(bytes.length);
    this.#reserve(bytes.length);
    bytes.copy(this.#piece, this.#at);
    this.#at += bytes.length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#piece.length) return;
    this.#full.push(this.#piece.subarray(0, this.#at));
    this.#piece = Buffer.allocUnsafeSlow(Math.max(pieceBytes, bytes));
    this.size += this.#piece.length;
    this.#at = 0;
  }
}

/** The paths again: whiteouts, then entries, in the order in which they were added. The bytes have to be those of an encoder. */
export function* decodeLayerPaths(encoded: Uint8Array): Generator<LayerPath, void, void> {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  let at = 0;
  let path = '';
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const text = (): string => {
    const length = number();
    at += length;
    return length === 0 ? '' : decodeName(bytes, at - length, at);
  };
  while (at < bytes.length) {
    const head = number();
    const kind = kinds[head % (1 << kindBits)] ?? 'other';
    path = path.slice(0, Math.floor(head / (1 << kindBits))) + text();
    yield kind === 'symlink' || kind === 'hardlink' ? { kind, path, target: text() } : { kind, path };
  }
}

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  // Never between the halves of a pair, which mean nothing alone.
  return length > 0 && (a.charCodeAt(length - 1) & 0xfc00) === 0xd800 ? length - 1 : length;
}
