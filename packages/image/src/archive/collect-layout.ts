import type { Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import {
  artifactTypeOf,
  type Descriptor,
  type Digest,
  isForeignLayerType,
  isManifestType,
  type ManifestDocument,
  type Platform,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import { type Reached, type Visit, walk } from '../copy/walk.ts';
import { resolveReference, type Source } from '../manifest.ts';
import { LayoutBuilder } from './layout-builder.ts';
import type { LayoutEntry, LayoutPlan } from './layout-plan.ts';

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
  /** Also what refers to the collected manifests, what tags that are named after them point to, and what refers to that. */
  readonly referrers?: boolean | undefined;
  /** With those, also the lists of referrers that clients keep under a tag; an archive lists referrers itself. */
  readonly referrersTags?: boolean | undefined;
  /** Of an index only these images, with their attestations; the index stays as it is. Everything unless told. */
  readonly platforms?: readonly Platform[] | undefined;
}

/**
 * Finds everything that belongs into an archive of these images. Manifests are read once and kept; other content is not read.
 * Throws REFERENCE_NOT_FOUND, PLATFORM_UNMATCHED, BLOB_NOT_FOUND (also of a source that has only some images of an index), MANIFEST_INVALID.
 */
export async function collectLayout(
  roots: readonly LayoutRoot[],
  options: CollectLayoutOptions = {},
): Promise<LayoutPlan> {
  const { signal, ...wanted } = options;
  const builder = new LayoutBuilder();
  const resolved = [];
  for (const root of roots) {
    resolved.push({ ...root, descriptor: await resolveReference(root.repository, root.from, { signal }) });
  }
  const visits = (await walk(resolved, { ...wanted, explain: notHeld, signal })).flat();
  // What index.json says of a manifest is what the first that pointed to it said.
  const listed = new Map<Digest, Pick<LayoutEntry, 'descriptor' | 'subject'>>();
  for (const { document, isFirst, descriptor } of visits) {
    if (isFirst && document !== undefined) listed.set(descriptor.digest, listing(document, descriptor));
  }
  for (const visit of visits) {
    await take(visit, builder, { signal });
    const found = listed.get(visit.descriptor.digest);
    if (visit.reason !== 'child' && found !== undefined) builder.list(entryOf(visit, found));
  }
  return builder.plan();
}

/** A manifest with what it points to. */
async function take(visit: Visit, builder: LayoutBuilder, io: Io): Promise<void> {
  const { root, document, descriptor, isFirst, children, leftOut } = visit;
  if (!isFirst) return;
  if (document === undefined) return builder.leaveOut(descriptor.digest);
  builder.take({ descriptor: document.descriptor, from: document.bytes });
  for (const { digest } of leftOut) builder.leaveOut(digest);
  for (const child of children) {
    if (isManifestType(child.mediaType)) continue;
    const isHere =
      !isForeignLayerType(child.mediaType) || (await root.repository.content.stat(child, io)) !== undefined;
    if (isHere) builder.take({ descriptor: child, from: root.repository });
    else builder.leaveOut(child.digest);
  }
}

function entryOf(
  { root, reason, tag }: Visit<LayoutRoot & { readonly descriptor: Descriptor }>,
  found: Pick<LayoutEntry, 'descriptor' | 'subject'>,
): LayoutEntry {
  const { names = [], repositoryName } = root;
  switch (reason) {
    case 'companion': {
      const prefix = repositoryName === undefined ? '' : `${repositoryName}:`;
      return { kind: 'companion', ...found, names: [`${prefix}${tag}`] };
    }
    case 'referrer':
      return { kind: 'referrer', ...found, names: [] };
    default:
      return { kind: 'image', ...found, names, repositoryName: names.length === 0 ? repositoryName : undefined };
  }
}

function notHeld({ root, descriptor, reason }: Reached, cause: unknown): unknown {
  if (!isLadingError(cause, 'BLOB_NOT_FOUND')) return cause;
  const { digest } = descriptor;
  const { name } = root.repository;
  const sparse = 'The source holds only some images of the index: name their platforms.';
  return new LadingError('BLOB_NOT_FOUND', `Cannot archive ${digest}: ${name} does not hold it`, {
    hint: reason === 'child' ? sparse : cause.hint,
    cause,
    details: { digest, repository: name },
  });
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
