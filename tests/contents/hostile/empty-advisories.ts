import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lading } from '../../lading.ts';

/** A database that knows of two packages that the images here have. */
export async function emptyAdvisories(lading: Lading): Promise<string> {
  const path = join(lading.folder, 'advisories.db');
  if (existsSync(path)) return path;
  const record = (id: string, ecosystem: string, name: string): object => ({
    id,
    modified: '2024-01-01T00:00:00Z',
    summary: 'A summary with <b>markup</b> and \x1b[31mcolours',
    affected: [
      { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '99' }] }] },
    ],
  });
  const records = [
    record('GHSA-1', 'npm', 'lodash'),
    record('DEBIAN-CVE-2024-1', 'Debian:12', 'openssl'),
    record('PYSEC-1', 'PyPI', 'jinja2'),
  ];
  await writeFile(join(lading.folder, 'records.json'), JSON.stringify(records));
  await lading.out('advisories', 'update', '--from', join(lading.folder, 'records.json'), '--output', path);
  return path;
}
