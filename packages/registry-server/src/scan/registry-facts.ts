import { findFacts, keepFacts } from '@lading/catalog';
import { createFactStore, type FactStore } from '@lading/contents';
import { get } from '@lading/store';
import { keepContent } from './keep-content.ts';
import type { ScanParts } from './scan-parts.ts';

/**
 * Facts of a registry: records among its content, which all replicas share, and rows that say where. Records of large layers have megabytes;
 * in the database they would go through its one writer, and it would be mostly them. They go when their layer or image does, and those that
 * were used longest ago when there are too many.
 */
export function openRegistryFacts(parts: Pick<ScanParts, 'content' | 'catalog'>): FactStore {
  const { content, catalog } = parts;
  return createFactStore({
    async read(kind, digest) {
      try {
        const kept = await findFacts(catalog.database, kind, digest, new Date());
        return kept && (await get(content, kept.content, { maxBytes: kept.size }));
      } catch {
        return undefined;
      }
    },
    async write(kind, digest, record) {
      try {
        await keepFacts(catalog.database, kind, digest, kept(await keepContent(parts, record)), new Date());
      } catch {
        // It is found out again when it is asked for.
      }
    },
  });
}

function kept({ digest, size }: Awaited<ReturnType<typeof keepContent>>): Parameters<typeof keepFacts>[3] {
  return { content: digest, size };
}
