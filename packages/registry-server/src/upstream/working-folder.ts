import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ContentStore } from '@lading/store';

/** A folder on the disk that content lies on, where it lies on one: the system's folder for temporary files may be memory. */
export function workingFolder(content: ContentStore, name: string): string {
  const root = 'root' in content && typeof content.root === 'string' ? dirname(content.root) : undefined;
  return root === undefined ? join(tmpdir(), `lading-${name}`) : join(root, name);
}
