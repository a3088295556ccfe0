import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';

/** Whether a repository, its trash, or what is known of contents has the content in any way; with 'no links', in any but the link of a blob. */
export async function isHeld(
  statements: Pick<Statements, 'get'>,
  digest: Digest,
  links: 'links' | 'no links' = 'links',
): Promise<boolean> {
  const tables = [
    ...(links === 'links' ? ['blobs WHERE digest = ?'] : []),
    'manifests WHERE digest = ?',
    'children WHERE child = ?',
    'trash WHERE digest = ?',
    'trash_parts WHERE digest = ?',
    'facts WHERE content = ?',
    'scans WHERE report = ?',
  ];
  const row = await statements.get(
    `SELECT 1 AS found WHERE ${tables.map((table) => `EXISTS (SELECT 1 FROM ${table})`).join(' OR ')}`,
    ...tables.map(() => digest),
  );
  return row !== undefined;
}
