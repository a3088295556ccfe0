import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Affected } from '../advisory-database.ts';
import { type BuiltAdvisories, buildAdvisories } from '../build/build-advisories.ts';
import type { CollectOptions } from '../build/collect.ts';
import { type OpenAdvisories, openAdvisories } from '../open-advisories.ts';
import { findAdvisoryFiles } from '../sources/find-files.ts';

/** Files by path: bytes as they are, all else as JSON. */
export type Files = Readonly<Record<string, unknown>>;

export async function writeFiles(folder: string, files: Files): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const isPlain = content instanceof Uint8Array || typeof content === 'string';
    await writeFile(path, isPlain ? content : JSON.stringify(content));
  }
  return folder;
}

/** A database of files, and what was said while it was built. The caller closes it. */
export async function builtFrom(
  folder: string,
  files: Files,
  options: CollectOptions = {},
): Promise<BuiltAdvisories & { readonly path: string; readonly database: OpenAdvisories }> {
  const sources = await findAdvisoryFiles(await writeFiles(join(folder, 'sources'), files));
  const built = await buildAdvisories(sources, options);
  const path = join(folder, 'advisories.db');
  await writeFile(path, built.bytes);
  return { ...built, path, database: openAdvisories(path) };
}

/** A record in OSV's form. */
export function osvRecord(id: string, ecosystem: string, name: string, more: object = {}): object {
  return {
    id,
    modified: '2024-01-02T03:04:05Z',
    affected: [
      {
        package: { ecosystem, name },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.2.3' }] }],
      },
    ],
    ...more,
  };
}

/** What is said of a package, all of it read. */
export function plain({
  id,
  aliases,
  ranges,
  versions,
  urgency,
  willNotFix,
  details,
}: Affected): Omit<Affected, 'names'> {
  const optional = Object.entries({ urgency, willNotFix, details }).filter(([, value]) => value !== undefined);
  return { id, aliases, ranges, versions, ...Object.fromEntries(optional) };
}
