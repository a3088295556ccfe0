import { createHash } from 'node:crypto';
import { isLadingError, LadingError, messageOf, throwIfAborted } from '@lading/errors';
import type { RandomAccess } from '../../random-access.ts';
import type { ZipEntry } from '../../zip/directory.ts';
import { openZip, type Zip } from '../../zip/zip.ts';
import type { Fact } from '../cataloger.ts';
import type { Coordinates } from './coordinates.ts';
import { identify } from './identity.ts';
import { licensesOf, parseManifest } from './manifest.ts';
import { parsePomProperties, parsePomXml } from './pom.ts';

/** Names of archives of Java: libraries, applications, plugins of Jenkins, Karaf and Liferay. */
export const ARCHIVE: RegExp = /\.(?:jar|war|ear|par|sar|kar|hpi|jpi|lpkg)$/i;

const POM = /(?:^|\/)META-INF\/maven\/[^/]+\/[^/]+\/pom\.(properties|xml)$/;
const MANIFEST = 'META-INF/MANIFEST.MF';
const MAX_TEXT_BYTES = 1 << 20;
const CHUNK_BYTES = 256 << 10;

/** What all archives in one file together may cost. */
export interface Budget {
  /** Archives in archives in archives. */
  depth: number;
  /** Bytes that are in memory at the same time. */
  heldBytes: number;
  /** Bytes inflated, in all. */
  inflatedBytes: number;
  archives: number;
  /** Members of each. */
  maxEntries: number;
}

export const newBudget = (): Budget => ({
  depth: 6,
  heldBytes: 128 << 20,
  inflatedBytes: 1 << 30,
  archives: 20_000,
  maxEntries: 200_000,
});

/** The artifacts of an archive, those that were merged into it, and those of the archives in it; warnings name what was not read. */
export async function* readArchive(
  source: RandomAccess,
  path: string,
  budget: Budget,
  signal: AbortSignal | undefined,
): AsyncGenerator<Fact, void, undefined> {
  throwIfAborted(signal);
  const zip = await openZip(source, { maxEntries: budget.maxEntries, maxDirectoryBytes: 32 << 20 });
  yield* readArtifacts(zip, source, path, budget);
  for (const entry of zip.entries()) {
    if (!ARCHIVE.test(entry.name)) continue;
    const inner = `${path}!/${entry.name}`;
    try {
      yield* readInner(zip, entry, inner, budget, signal);
    } catch (error) {
      if (!isLadingError(error) || isLadingError(error, 'INTERRUPTED')) throw error;
      yield { kind: 'warning', path: inner, message: messageOf(error) };
    }
  }
}

async function* readInner(
  zip: Zip,
  entry: ZipEntry,
  path: string,
  budget: Budget,
  signal: AbortSignal | undefined,
): AsyncGenerator<Fact, void, undefined> {
  if (budget.depth === 0) throw tooMuch('it lies in too many archives');
  if (--budget.archives < 0) throw tooMuch('too many archives lie beside it');
  const maxBytes = Math.min(budget.heldBytes, budget.inflatedBytes);
  const stored = entry.method === 0;
  const source = await zip.open(entry, { maxBytes });
  const held = stored ? 0 : source.size;
  budget.inflatedBytes -= held;
  budget.heldBytes -= held;
  budget.depth--;
  // Directories of several are held at the same time; what lies in an archive is mostly a library.
  const { maxEntries } = budget;
  budget.maxEntries = Math.min(maxEntries, 65_536);
  try {
    yield* readArchive(source, path, budget, signal);
  } finally {
    budget.depth++;
    budget.maxEntries = maxEntries;
    budget.heldBytes += held;
  }
}

async function* readArtifacts(
  zip: Zip,
  source: RandomAccess,
  path: string,
  budget: Budget,
): AsyncGenerator<Fact, void, undefined> {
  const poms = new Map<string, ZipEntry>();
  let manifestEntry: ZipEntry | undefined;
  for (const entry of zip.entries()) {
    if (entry.name === MANIFEST) manifestEntry = entry;
    const pom = POM.exec(entry.name);
    // The properties have what the build made of the pom: they are taken where both are there.
    const folder = entry.name.slice(0, entry.name.lastIndexOf('/'));
    if (pom !== null && (pom[1] === 'properties' || !poms.has(folder))) poms.set(folder, entry);
  }
  const warnings: Fact[] = [];
  const text = async (entry: ZipEntry): Promise<string> => {
    try {
      return await readText(zip, entry, budget);
    } catch (error) {
      if (!isLadingError(error)) throw error;
      warnings.push({ kind: 'warning', path: `${path}!/${entry.name}`, message: messageOf(error) });
      return '';
    }
  };
  const manifest = parseManifest(manifestEntry === undefined ? '' : await text(manifestEntry));
  const artifacts = new Map<string, Coordinates>();
  for (const entry of poms.values()) {
    const pom = await text(entry);
    const artifact = entry.name.endsWith('.xml') ? parsePomXml(pom) : parsePomProperties(pom);
    if (artifact !== undefined) artifacts.set(keyOf(artifact), artifact);
  }
  yield* warnings;
  const own = identify({ path, poms: [...artifacts.values()], manifest });
  if (own !== undefined) {
    artifacts.delete(keyOf(own));
    yield found(own, path, { sha1: await sha1(source) }, licensesOf(manifest));
  }
  for (const artifact of artifacts.values()) yield found(artifact, path);
}

async function readText(zip: Zip, entry: ZipEntry, budget: Budget): Promise<string> {
  if (entry.size > budget.inflatedBytes) throw tooMuch('what was read of it before is too much already');
  const bytes = await zip.read(entry, { maxBytes: MAX_TEXT_BYTES });
  budget.inflatedBytes -= bytes.length;
  return bytes.toString();
}

function keyOf({ groupId, artifactId, version }: Coordinates): string {
  return `${groupId}:${artifactId}:${version}`;
}

async function sha1(source: RandomAccess): Promise<string> {
  const hash = createHash('sha1');
  for (let offset = 0; offset < source.size; offset += CHUNK_BYTES) hash.update(await source.read(offset, CHUNK_BYTES));
  return hash.digest('hex');
}

function found(
  artifact: Coordinates,
  location: string,
  hashes?: Readonly<Record<string, string>>,
  licenses: readonly string[] = [],
): Fact {
  const { groupId: namespace, artifactId: name, version, classifier } = artifact;
  return {
    kind: 'package',
    package: {
      type: 'maven',
      ...(namespace === undefined ? {} : { namespace }),
      name,
      version,
      location,
      ...(licenses.length === 0 ? {} : { licenses }),
      ...(hashes === undefined ? {} : { hashes }),
      ...(classifier === undefined ? {} : { qualifiers: { classifier } }),
    },
  };
}

function tooMuch(why: string): LadingError {
  return new LadingError('CONTENT_TOO_LARGE', `Cannot read an archive in an archive: ${why}`);
}
