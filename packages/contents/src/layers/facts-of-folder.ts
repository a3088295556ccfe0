import type { Io } from '@lading/bytes';
import { type ImageFacts, uniteFacts } from '@lading/facts';
import { scanLayer } from '@lading/filetree';
import { digestOf } from '@lading/oci';
import { writeTar } from '@lading/tar';
import type { SecretScanner } from '../secrets/secret-scanner.ts';
import { factsVersion } from './facts-version.ts';
import { readLayerFacts } from './read-layer-facts.ts';

export interface FactsOfFolderOptions extends Io {
  readonly secretScanner?: (() => SecretScanner) | undefined;
  /** Hears how many bytes were read so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * What a root file system in a folder holds, as if it were an image of one layer. What the kernel shows there (`proc`, `sys`, `dev`) is left
 * out. Its digest says nothing: folders have none, and their facts are not kept. Throws as `scanLayer` and `readLayerFacts`.
 */
export async function factsOfFolder(folder: string, options: FactsOfFolderOptions = {}): Promise<ImageFacts> {
  const { signal } = options;
  const digest = digestOf(Buffer.from(folder));
  const exclude = (path: string): boolean => path === 'proc' || path === 'sys' || path === 'dev';
  const entries = scanLayer(folder, { epoch: Number.MAX_SAFE_INTEGER, overlay: false, exclude, signal });
  const facts = await readLayerFacts(
    {
      descriptor: { digest },
      open: async () => writeTar(entries),
    },
    options,
  );
  const layer = { digest, diffId: digest, size: 0 };
  return uniteFacts([facts], { version: factsVersion, digest, platform: '', layers: [layer] });
}
