import type { Io } from '@lading/bytes';
import { interrupted, LadingError } from '@lading/errors';
import {
  type Annotations,
  algorithmOf,
  annotationKeys,
  type Descriptor,
  encodeJson,
  formatReference,
  maxManifestBytes,
  mediaTypes,
  parseReference,
} from '@lading/oci';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { ProgressCounter } from '../copy/copy-progress.ts';
import { CopyRun } from '../copy/copy-run.ts';
import { Pool } from '../copy/pool.ts';
import { archiveFolder, archiveMember } from './archive-member.ts';
import type { LayoutPlan } from './layout-plan.ts';
import { LayoutTarget } from './layout-target.ts';
import { closed } from './slot.ts';

export interface WriteLayoutOptions extends Io {
  /** Of `index.json`. */
  readonly annotations?: Annotations | undefined;
}

/** So many small contents are on their way before their turn: a tar is written one after another, and each request takes its time. */
const concurrency = 16;

/**
 * A tar of an OCI layout: `index.json` first, every blob as it is; a copy brings them. A name becomes `org.opencontainers.image.ref.name` of
 * its entry, as skopeo matches it; one that is more than a tag also containerd's full image name. Equal plans give equal bytes.
 * Throws as copy() does when a source fails, DIGEST_MISMATCH and SIZE_MISMATCH when what it has is wrong, and BYTES_LIMIT when there is more
 * to list than readers take.
 */
export async function* writeLayout(
  plan: LayoutPlan,
  options: WriteLayoutOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const abandoned = new AbortController();
  const signal = options.signal === undefined ? abandoned.signal : AbortSignal.any([options.signal, abandoned.signal]);
  const target = new LayoutTarget(plan.blobs.map(({ descriptor }) => descriptor));
  const run = new CopyRun(target.repository, {
    pool: new Pool(concurrency),
    progress: new ProgressCounter(undefined),
    signal,
  });
  const stop = (): void => target.close(interrupted(run.signal));
  run.signal.addEventListener('abort', stop, { once: true });
  let copying: Promise<void> | undefined;
  async function* members(): AsyncGenerator<TarEntryInput, void, undefined> {
    yield* front(plan, options.annotations);
    copying = run.copyContents(plan.blobs).then(
      () => target.close(closed()),
      (error) => target.close(error),
    );
    yield* target.members();
  }
  try {
    yield* writeTar(members(), options);
  } finally {
    abandoned.abort();
    await copying;
    await run.close();
  }
}

/** What stands before the blobs. */
function* front(plan: LayoutPlan, annotations: Annotations | undefined): Generator<TarEntryInput, void, undefined> {
  const manifests = plan.entries.flatMap(({ descriptor, names }) =>
    names.length === 0 ? [descriptor] : names.map((name) => named(descriptor, name)),
  );
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, annotations };
  yield archiveMember('oci-layout', encodeJson({ imageLayoutVersion: '1.0.0' }));
  yield archiveMember('index.json', checked(encodeJson(index)));
  yield archiveFolder('blobs');
  const algorithms = new Set(plan.blobs.map(({ descriptor }) => algorithmOf(descriptor.digest)));
  for (const algorithm of [...algorithms].sort()) yield archiveFolder(`blobs/${algorithm}`);
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
