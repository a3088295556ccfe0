import type { Actor, Catalog } from '@lading/catalog';
import { isLadingError, messageOf, throwIfAborted } from '@lading/errors';
import { copy } from '@lading/image';
import { type Descriptor, type Digest, isDigest } from '@lading/oci';
import type { Registry as RemoteRegistry } from '@lading/registry-client';
import type { ContentStore, Repository } from '@lading/store';
import type { Replicated } from './replicated.ts';
import type { ReplicationRule } from './replication-config.ts';

/** What one run of a rule did. */
export interface ReplicationFigures {
  copied: number;
  removed: number;
  failed: number;
  /** Bytes that moved. */
  bytes: number;
  /** Bytes of an earlier run that broke off, which did not have to move again. */
  resumedBytes: number;
}

export interface ReplicateOptions {
  readonly catalog: Catalog;
  readonly content: ContentStore;
  readonly replicated: Replicated;
  readonly by: Actor;
  readonly signal: AbortSignal;
  readonly onProgress?: ((figures: ReplicationFigures) => void) | undefined;
}

/** What runs of either direction work with. */
export interface ReplicationRun extends ReplicateOptions {
  readonly rule: ReplicationRule;
  readonly remote: RemoteRegistry;
  readonly figures: ReplicationFigures;
  hasRepository(name: string): boolean;
  hasTag(name: string): boolean;
  /** The source, as fast as the rule lets it. */
  limited(source: Repository): Repository;
}

/** cosign's tags name the manifest that they are about. */
const companionTag = /^sha256-([0-9a-f]{64})\.(?:sig|att|sbom)$/;

/** The manifest that a tag is about, where it is one of cosign's. */
export function companionOf(tag: string): Digest | undefined {
  const hex = companionTag.exec(tag)?.[1];
  const digest = `sha256:${hex}`;
  return hex !== undefined && isDigest(digest) ? digest : undefined;
}

/** One image with its tag, or one manifest; notes how it went. Throws only when the run is to end. */
export async function bring(
  run: ReplicationRun,
  unit: { readonly repository: string; readonly name: string; readonly descriptor: Descriptor },
  { from, to }: { readonly from: Repository; readonly to: Repository },
): Promise<void> {
  const { rule, replicated, figures, signal } = run;
  const { repository, name, descriptor } = unit;
  try {
    const result = await copy(run.limited(from), to, {
      from: descriptor,
      ...(name.startsWith('@') ? {} : { to: name }),
      referrers: rule.referrers,
      signal,
    });
    figures.bytes += result.transferredBytes;
    figures.resumedBytes += result.resumedBytes;
    figures.copied++;
    for (const { digest } of result.referrers)
      await replicated.done(rule.name, { repository, name: `@${digest}`, digest });
    await replicated.done(rule.name, { repository, name, digest: descriptor.digest });
  } catch (error) {
    await noteFailure(run, unit, error);
  }
  run.onProgress?.({ ...figures });
}

/** Throws when the run was told to stop, and where everything else would fail, too. */
export async function noteFailure(
  { rule, replicated, figures, signal }: ReplicationRun,
  unit: { readonly repository: string; readonly name: string },
  error: unknown,
): Promise<void> {
  throwIfAborted(signal);
  const cause = isLadingError(error, 'COPY_FAILED') ? error.cause : error;
  figures.failed++;
  await replicated.failed(rule.name, unit, messageOf(error));
  if (isLadingError(cause, 'REGISTRY_UNREACHABLE', 'REGISTRY_UNAUTHORIZED', 'DISK_FULL')) throw error;
}
