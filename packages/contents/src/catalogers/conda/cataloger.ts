import type { FoundPackage } from '@lading/facts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { asText, asWord, invalidRecord, type JsonObject, readJson } from '../record-file.ts';

/** A record lists every file of its package: the largest have tens of thousands. */
const MAX_RECORD = 16 << 20;

/**
 * Packages in the environments of conda, mamba and pixi: `conda-meta/NAME-VERSION-BUILD.json` at the root of each. Python's own records of
 * what conda installed are found too, as packages of Python. The cache `pkgs/` beside the environments is not: nothing runs from there.
 */
export const condaCataloger: Cataloger = {
  name: 'conda',
  wants: ({ type, path }) => type === 'file' && path.endsWith('.json') && isInCondaMeta(path),
  read: readRecord,
};

function isInCondaMeta(path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return folder === 'conda-meta' || folder.endsWith('/conda-meta');
}

async function* readRecord(file: CatalogedFile): AsyncIterable<Fact> {
  const record = await readJson(file, MAX_RECORD);
  const name = asWord(record.name);
  const version = asWord(record.version);
  if (name === undefined || version === undefined) throw invalidRecord(file.path, 'it has no name or version');
  const license = asText(record.license);
  yield {
    kind: 'package',
    package: {
      type: 'conda',
      name: name.toLowerCase(),
      version,
      qualifiers: qualifiersOf(record),
      ...(license === undefined ? {} : { licenses: [license] }),
      ...hashesOf(record),
    },
  };
}

/** Several builds of one version differ, also in what they contain: package-URL specification, type conda. */
function qualifiersOf(record: JsonObject): Record<string, string> {
  const subdir = asWord(record.subdir);
  const archive = asText(record.fn) ?? asText(record.url) ?? '';
  const type = archive.endsWith('.conda') ? 'conda' : archive.endsWith('.tar.bz2') ? 'tar.bz2' : undefined;
  const qualifiers = { build: asWord(record.build), channel: channelOf(record, subdir), subdir, type };
  return Object.fromEntries(
    Object.entries(qualifiers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** `https://conda.example.org/conda-forge/linux-64` → `conda-forge`; a bare name stays. */
function channelOf(record: JsonObject, subdir: string | undefined): string | undefined {
  const segments = (asWord(record.channel) ?? '').split('/').filter((segment) => segment !== '');
  return segments.findLast((segment) => segment !== subdir);
}

function hashesOf(record: JsonObject): Pick<FoundPackage, 'hashes'> {
  const hashes: Record<string, string> = {};
  for (const [algorithm, digits] of [
    ['md5', 32],
    ['sha256', 64],
  ] as const) {
    const hash = asWord(record[algorithm]);
    if (hash?.length === digits && /^[0-9a-f]+$/.test(hash)) hashes[algorithm] = hash;
  }
  return Object.keys(hashes).length === 0 ? {} : { hashes };
}
