import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import {
  type Annotations,
  algorithmOf,
  annotationKeys,
  type Descriptor,
  encodeJson,
  formatReference,
  hexOf,
  maxManifestBytes,
  mediaTypes,
  parseReference,
} from '@lading/oci';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { archiveFolder, archiveMember } from './archive-member.ts';
import type { LayoutPlan } from './layout-plan.ts';
import { openAhead } from './open-ahead.ts';

export interface WriteLayoutOptions extends Io {
  /** Of `index.json`. */
  readonly annotations?: Annotations | undefined;
}

/**
 * A tar of an OCI layout: `index.json` first, every blob as it is. A name becomes `org.opencontainers.image.ref.name` of its entry, as skopeo
 * matches it; one that is more than a tag also containerd's full image name. Equal plans give equal bytes. Throws as reading blobs does, and
 * BYTES_LIMIT when there is more to list than readers take.
 */
export async function* writeLayout(
  plan: LayoutPlan,
  options: WriteLayoutOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* writeTar(members(plan, options), options);
}

async function* members(plan: LayoutPlan, options: WriteLayoutOptions): AsyncGenerator<TarEntryInput, void, undefined> {
  const { annotations, signal } = options;
  const manifests = plan.entries.flatMap(({ descriptor, names }) =>
    names.length === 0 ? [descriptor] : names.map((name) => named(descriptor, name)),
  );
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, annotations };
  yield archiveMember('oci-layout', encodeJson({ imageLayoutVersion: '1.0.0' }));
  yield archiveMember('index.json', checked(encodeJson(index)));
  yield archiveFolder('blobs');
  const algorithms = new Set(plan.blobs.map(({ descriptor }) => algorithmOf(descriptor.digest)));
  for (const algorithm of [...algorithms].sort()) yield archiveFolder(`blobs/${algorithm}`);
  for await (const { blob, bytes } of openAhead(plan.blobs, { signal })) {
    const { digest, size } = blob.descriptor;
    yield archiveMember(`blobs/${algorithmOf(digest)}/${hexOf(digest)}`, { bytes, size });
  }
}

function named(entry: Descriptor, name: string): Descriptor {
  const full = /[:/]/.test(name) ? { [annotationKeys.containerdImageName]: formatReference(parseReference(name)) } : {};
  return { ...entry, annotations: { ...full, [annotationKeys.refName]: name } };
}

function checked(index: Uint8Array): Uint8Array {
  if (index.length <= maxManifestBytes) return index;
  throw new LadingError(
    'BYTES_LIMIT',
    `Cannot list so many manifests in one archive: index.json has ${index.length} bytes`,
    {
      hint: `Readers take ${maxManifestBytes}. Archive fewer images at once.`,
      details: { bytes: index.length, maxBytes: maxManifestBytes },
    },
  );
}
