import type { ScanParts } from './scan-parts.ts';
import type { Scanner } from './scan-task.ts';

/** A scanner in this thread. What reads layers is a lot, and is loaded by those who do. The caller closes it. */
export async function openScanner(parts: ScanParts): Promise<Scanner> {
  const { createScanner } = await import('./scanner.ts');
  return createScanner(parts);
}
