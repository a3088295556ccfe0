import { drain, tap } from '@lading/bytes';
import { type Layer, layerOf, writeLayer } from '@lading/image';
import { type Digest, Digester } from '@lading/oci';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { isCompressedAs } from '../output/image-layer.ts';
import type { PhaseSession } from './phase-session.ts';

export interface ExportedLayer {
  readonly layer: Layer;
  readonly reused: boolean;
}

/**
 * Writes a layer, unless one of those that are known has the very same content in the same compression, at whatever level: then that is
 * taken, and nothing is compressed. The content is read once to find out, where something is known.
 */
export async function writeExported(
  session: PhaseSession,
  known: readonly Layer[],
  entries: () => AsyncIterable<TarEntryInput> | Iterable<TarEntryInput>,
): Promise<ExportedLayer> {
  if (known.length > 0) {
    const diffId = await diffIdOf(session, entries());
    const same = known.find((layer) => layer.diffId === diffId && isCompressedAs(layer, session.imageCompression));
    if (same !== undefined && (await isHere(session, same))) return { layer: same, reused: true };
  }
  const { descriptor, diffId } = await writeLayer(session.output, writeTar(entries(), session), {
    ...session.imageCompression,
    signal: session.signal,
  });
  return { layer: layerOf(session.output.content, descriptor, diffId), reused: false };
}

/** Whether an image can be made of the layer: it may belong to an image whose content was removed since. */
export async function isHere(session: PhaseSession, layer: Layer): Promise<boolean> {
  return (await session.output.content.stat(layer.descriptor, session)) !== undefined;
}

async function diffIdOf(
  session: PhaseSession,
  entries: AsyncIterable<TarEntryInput> | Iterable<TarEntryInput>,
): Promise<Digest> {
  const digester = new Digester();
  await drain(tap(writeTar(entries, session), (chunk) => void digester.update(chunk)));
  return digester.digest();
}
