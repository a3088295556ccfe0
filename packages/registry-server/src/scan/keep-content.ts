import { createCollection } from '@lading/catalog';
import { digestOf } from '@lading/oci';
import { put } from '@lading/store';
import { protectContent } from '../policy/protect-content.ts';
import type { ScanParts } from './scan-parts.ts';

/** Writes what the catalog will refer to, and no collection takes it before. Throws CONTENT_BUSY. */
export async function keepContent(
  { content, catalog }: Pick<ScanParts, 'content' | 'catalog'>,
  bytes: Uint8Array,
): Promise<{ readonly digest: ReturnType<typeof digestOf>; readonly size: number }> {
  const digest = digestOf(bytes);
  await protectContent(createCollection(catalog), digest, () => new Date());
  await put(content, bytes, { digest, size: bytes.length });
  return { digest, size: bytes.length };
}
