import { fromBuffer, type Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import {
  artifactTypeOf,
  childrenOf,
  type Descriptor,
  type Digest,
  isForeignLayerType,
  isManifestType,
  type ManifestDocument,
  type Platform,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import { findCompanionTags } from '../copy/companion-tags.ts';
import { Pool } from '../copy/pool.ts';
import { readManifest, resolveReference, type Source } from '../manifest.ts';
import { chosenChildren } from './chosen-children.ts';
import { LayoutBuilder } from './layout-builder.ts';
import type { EntryKind, LayoutEntry, LayoutPlan } from './layout-plan.ts';

/** An image or index that goes into an archive. */
export interface LayoutRoot {
  readonly repository: Repository;
  readonly from: Source;
  /** Under which it is listed. */
  readonly names?: readonly string[] | undefined;
  /** Stands before the tags of companions in their names, as in `example.org/team/app`; without it they are named by tag alone. */
  readonly repositoryName?: string | undefined;
}

export interface CollectLayoutOptions extends Io {
  /** Also what refers to the collected manifests, and what refers to that. */
  readonly referrers?: boolean | undefined;
  /** Also what tags that are named after collected manifests point to. */
  readonly companions?: boolean | undefined;
  /** Of an index only these images, with their attestations; the index stays as it is. Everything unless told. */
  readonly platforms?: readonly Platform[] | undefined;
}

/** Manifests that are read at once: they are small, and a registry is far away. */
const concurrency = 8;
/** Indexes in indexes, and referrers of referrers. */
const maxLevels = 32;

/** A manifest on the way from one of the roots. */
interface Visit {
  readonly root: LayoutRoot;
  readonly descriptor: Descriptor;
  /** Why it is listed; absent for the children of an index, which are not. */
  readonly kind?: EntryKind;
  readonly name?: string;
  /** In a list that clients keep by hand there may be what is long gone. */
  readonly mayBeAbsent?: boolean;
}

/**
 * Finds everything that belongs into an archive of these images. Manifests are read once and kept; other content is not read.
 * Throws REFERENCE_NOT_FOUND, PLATFORM_UNMATCHED, BLOB_NOT_FOUND (also of a source that has only some images of an index), MANIFEST_INVALID.
 */
export async function collectLayout(
  roots: readonly LayoutRoot[],
  options: CollectLayoutOptions = {},
): Promise<LayoutPlan> {
  const builder = new LayoutBuilder();
  const listed = new Map<Digest, Pick<LayoutEntry, 'descriptor' | 'subject'>>();
  const seen = new Map<Repository, Set<Digest>>();
  const pool = new Pool(concurrency);
  let level: Visit[] = [];
  for (const root of roots) {
    const descriptor = await resolveReference(root.repository, root.from, options);
    const visit = { root, descriptor, kind: 'image' } as const;
    level.push(...(root.names?.length ? root.names.map((name) => ({ ...visit, name })) : [visit]));
  }
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxLevels) throw tooDeep(level[0]!.descriptor);
    const fresh = level.filter(({ root, descriptor }) => {
      const known = seen.get(root.repository) ?? new Set();
      seen.set(root.repository, known);
      return !known.has(descriptor.digest) && known.add(descriptor.digest);
    });
    const outcomes = await Promise.allSettled(
      fresh.map((visit) =>
        pool.run(async () => {
          const document = await read(visit, options);
          if (document === undefined) {
            builder.leaveOut(visit.descriptor.digest);
            return [];
          }
          listed.set(visit.descriptor.digest, listing(document, visit.descriptor));
          return follow(visit, document, builder, options);
        }),
      ),
    );
    for (const { root, kind, descriptor, name } of level) {
      const found = listed.get(descriptor.digest);
      if (kind === undefined || found === undefined) continue;
      const repositoryName = kind === 'image' && name === undefined ? root.repositoryName : undefined;
      builder.list({ kind, ...found, repositoryName, names: name === undefined ? [] : [name] });
    }
    level = outcomes.flatMap((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }
  return builder.plan();
}

async function read({ root, descriptor, kind, mayBeAbsent }: Visit, io: Io): Promise<ManifestDocument | undefined> {
  try {
    return await readManifest(root.repository.content, descriptor, io);
  } catch (cause) {
    if (!isLadingError(cause, 'BLOB_NOT_FOUND')) throw cause;
    if (mayBeAbsent === true) return undefined;
    const sparse = 'The source holds only some images of the index: name their platforms.';
    const { digest } = descriptor;
    throw new LadingError('BLOB_NOT_FOUND', `Cannot archive ${digest}: ${root.repository.name} does not hold it`, {
      hint: kind === undefined ? sparse : cause.hint,
      cause,
      details: { digest, repository: root.repository.name },
    });
  }
}

/** Takes a manifest with its blobs, and gives the manifests that it leads to. */
async function follow(
  { root, kind, name }: Visit,
  document: ManifestDocument,
  builder: LayoutBuilder,
  options: CollectLayoutOptions,
): Promise<Visit[]> {
  const { signal } = options;
  const { content, references } = root.repository;
  const { digest } = document.descriptor;
  builder.take({ descriptor: document.descriptor, open: async () => fromBuffer(document.bytes) });

  const platforms = kind === 'image' ? options.platforms : undefined;
  const chosen = await chosenChildren(root.repository, document, platforms, { signal });
  const mayBeAbsent = kind === 'companion' && isReferrersTag(name);
  const next: Visit[] = [];
  for (const child of childrenOf(document)) {
    if (chosen !== undefined && !chosen.has(child.digest)) builder.leaveOut(child.digest);
    else if (isManifestType(child.mediaType)) next.push({ root, descriptor: child, mayBeAbsent });
    else if (isForeignLayerType(child.mediaType) && (await content.stat(child, { signal })) === undefined) {
      builder.leaveOut(child.digest);
    } else builder.take({ descriptor: child, open: (io) => content.open(child, { signal: io.signal }) });
  }
  if (options.referrers === true) {
    for await (const referrer of references.referrers(digest, { signal })) {
      const { mediaType, digest, size } = referrer;
      next.push({ root, descriptor: { mediaType, digest, size }, kind: 'referrer' });
    }
  }
  if (options.companions === true) {
    for (const { tag, descriptor } of await findCompanionTags(root.repository, digest, { signal })) {
      const prefix = root.repositoryName === undefined ? '' : `${root.repositoryName}:`;
      next.push({ root, descriptor, kind: 'companion', name: `${prefix}${tag}` });
    }
  }
  return next;
}

function isReferrersTag(name: string | undefined): boolean {
  return name !== undefined && /(^|:)sha(256|512)-[0-9a-f]{64}$/.test(name);
}

/** What index.json says of it, whatever list led to it. */
function listing(document: ManifestDocument, { platform }: Descriptor): Pick<LayoutEntry, 'descriptor' | 'subject'> {
  const { subject, artifactType: own } = document.value;
  const artifactType = subject === undefined ? own : artifactTypeOf(document);
  const descriptor = {
    ...document.descriptor,
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
  };
  return { descriptor, subject: subject?.digest };
}

function tooDeep({ digest }: Descriptor): LadingError {
  return new LadingError('MANIFEST_INVALID', `Cannot archive ${digest}: it lies ${maxLevels} manifests deep`, {
    hint: 'Archive the part that is wanted by its digest.',
    details: { digest },
  });
}
