import type { ImageFacts, LayerFacts } from '@lading/facts';
import type { Digest } from '@lading/oci';
import { decodeRecord, encodeRecord } from './fact-record.ts';
import type { FactStore } from './fact-store.ts';

/** What facts are of: a layer, or an image by the digest of its manifest. */
export type FactsKind = 'layer' | 'image';

/** Where records of facts lie. One that is damaged is as good as absent: records tell. */
export interface FactPlace {
  /** Undefined for what is not there, or cannot be read. */
  read(kind: FactsKind, digest: Digest): Promise<Uint8Array | undefined>;
  /** Does not throw: what cannot be written is not kept. */
  write(kind: FactsKind, digest: Digest, record: Uint8Array): Promise<void>;
}

/** Keeps facts as records, wherever those lie. */
export function createFactStore(place: FactPlace): FactStore {
  const find = async <T extends { readonly version: number; readonly digest: Digest }>(
    kind: FactsKind,
    digest: Digest,
    version: number,
  ): Promise<{ readonly value: T; readonly bytes: Uint8Array } | undefined> => {
    const record = await place.read(kind, digest);
    // A decoder that fails has been given what is no record.
    const found = record && (await decodeRecord<T>(bufferOver(record)).catch(() => undefined));
    return found?.value.version === version && found.value.digest === digest ? found : undefined;
  };
  return {
    async findLayer(layer, version) {
      const found = await find<Omit<LayerFacts, 'paths'>>('layer', layer, version);
      return found && { ...found.value, paths: found.bytes };
    },
    async keepLayer({ paths, ...facts }) {
      await place.write('layer', facts.digest, await encodeRecord(facts, paths));
    },
    findImage: async (manifest, version) => (await find<ImageFacts>('image', manifest, version))?.value,
    async keepImage(facts) {
      await place.write('image', facts.digest, await encodeRecord(facts, new Uint8Array()));
    },
  };
}

function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
