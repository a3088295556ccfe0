import type { LedgerRecord } from '@lading/catalog';
import type { EventKind, RegistryEvent } from './events.ts';

/** Kinds of events that the ledger keeps: whoever reads it hears of all of them, also of those that happened when nobody listened. */
export const recordedKinds: ReadonlySet<EventKind> = new Set([
  'push',
  'tag',
  'untag',
  'delete',
  'upload',
  'unlink',
  'quarantine',
  'release',
  'deprecate',
  'purge',
]);

/** What a record of the ledger tells others; undefined where it is nobody else's business, such as what concerns accounts. */
export function recordedEvent({ at, by, entry }: LedgerRecord): RegistryEvent | undefined {
  const base = { actor: by?.name ?? 'registry', at: new Date(at), repository: '' };
  switch (entry.kind) {
    case 'manifest.recorded': {
      const { repository, digest, mediaType, size } = entry;
      return { ...base, kind: 'push', repository, digest, mediaType, size };
    }
    case 'manifest.removed':
      return { ...base, kind: 'delete', repository: entry.repository, digest: entry.digest };
    case 'tag.moved': {
      const { repository, tag, digest, previous } = entry;
      return {
        ...base,
        kind: 'tag',
        repository,
        tag,
        digest,
        ...(previous === undefined ? {} : { detail: { previous } }),
      };
    }
    case 'tag.removed':
      return { ...base, kind: 'untag', repository: entry.repository, tag: entry.tag, digest: entry.previous };
    case 'blob.linked':
      return { ...base, kind: 'upload', repository: entry.repository, digest: entry.digest, size: entry.size };
    case 'blob.unlinked':
      return { ...base, kind: 'unlink', repository: entry.repository, digest: entry.digest };
    case 'content.quarantined':
      return { ...base, kind: 'quarantine', digest: entry.digest, detail: { reason: entry.reason } };
    case 'content.released':
      return { ...base, kind: 'release', digest: entry.digest };
    case 'deprecation.set': {
      const { repository, reference, after, message } = entry;
      return { ...base, kind: 'deprecate', repository, detail: { reference, after, message } };
    }
    case 'content.purged':
      return { ...base, kind: 'purge', detail: { purge: entry.purge, digests: entry.digests, reason: entry.reason } };
    default:
      return undefined;
  }
}
