import type { Repository } from '../reference-store.ts';
import { createMemoryReferences } from './memory-references.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

/** A repository with content and references in memory. */
export function createMemoryRepository(name = 'memory'): Repository & { readonly content: MemoryStore } {
  return { name, content: createMemoryStore(), references: createMemoryReferences() };
}
