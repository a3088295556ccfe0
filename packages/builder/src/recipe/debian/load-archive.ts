import { type Bytes, collect, decompress, fromFile, type Io } from '@lading/bytes';
import { type PackageIndex, parseRelease, type Release, type ReleaseFile } from '@lading/distro';
import { LadingError } from '@lading/errors';
import { unxz } from '../../internal/unxz.ts';
import type { Mirror } from '../mirror.ts';
import type { ArchiveSource } from './archive-source.ts';
import { verifyClearsigned } from './signature.ts';

/** An index is not larger uncompressed. */
const MAX_INDEX_BYTES = 400 << 20;

export interface LoadArchiveOptions extends Io {
  /** Takes Release files whose Valid-Until has passed, as one must for an archive of the past. Default false. */
  readonly allowExpired?: boolean | undefined;
  /** The time that Valid-Until is held against, in seconds since 1970. Default: now. */
  readonly now?: number | undefined;
}

/** The verified Release file of a source. Throws MIRROR_UNREACHABLE, MIRROR_UNTRUSTED, CONTROL_INVALID. */
export async function loadRelease(
  mirror: Mirror,
  source: ArchiveSource,
  options: LoadArchiveOptions,
): Promise<Release> {
  const url = `${source.uri}/dists/${source.suite}/InRelease`;
  const signed = await mirror.fetchText(url);
  if (signed === undefined) {
    throw new LadingError('MIRROR_UNREACHABLE', `Cannot fetch ${url}: it is not there (404)`, {
      hint: `Check that the archive has the suite "${source.suite}".`,
      details: { url, missing: true },
    });
  }
  const release = parseRelease(await verifyClearsigned(signed, source.keyrings, url));
  if (release.codename !== source.suite && release.suite !== source.suite) {
    throw new LadingError(
      'MIRROR_UNTRUSTED',
      `Cannot trust ${url}: it is the signed list of ${release.codename ?? release.suite}, not of ${source.suite}`,
      { hint: 'The mirror serves the wrong suite; name another with "mirror:".', details: { url } },
    );
  }
  const now = options.now ?? Date.now() / 1000;
  const { validUntil } = release;
  if (validUntil !== undefined && validUntil < now && options.allowExpired !== true && source.checkValidUntil) {
    const day = new Date(validUntil * 1000).toISOString();
    throw new LadingError('MIRROR_UNTRUSTED', `Cannot trust ${url}: it was valid until ${day}`, {
      hint: 'The mirror is out of date, or this clock is wrong. For an archive of the past, allow expired Release files.',
      details: { url, validUntil: day },
    });
  }
  return release;
}

/** Adds the packages of a source for one architecture to the index. Each package's origin is the source's suite. */
export async function loadPackages(
  mirror: Mirror,
  source: ArchiveSource,
  release: Release,
  architecture: string,
  index: PackageIndex,
  options: LoadArchiveOptions,
): Promise<void> {
  for (const component of source.components) {
    const names = release.allInEveryIndex ? [architecture] : [architecture, 'all'];
    for (const name of names) {
      const folder = `${component}/binary-${name}`;
      const file = fileOf(release, folder);
      if (file === undefined) {
        if (name === 'all') continue;
        throw new LadingError(
          'PACKAGE_UNRESOLVED',
          `Cannot use ${source.suite}: it has no packages for ${architecture} in ${component}`,
          {
            hint: `It has ${release.architectures.join(', ')} and ${release.components.join(', ')}.`,
          },
        );
      }
      const path = await mirror.fetch(urlsOf(source, release, file), file);
      const packed: Bytes = fromFile(path, options);
      const bytes = file.path.endsWith('.xz') ? unxz(packed, options) : decompress(packed, options);
      index.add(await collect(bytes, { maxBytes: MAX_INDEX_BYTES, what: `the index ${file.path}` }), source.suite);
    }
  }
}

function fileOf(release: Release, folder: string): ReleaseFile | undefined {
  for (const end of ['.gz', '.xz', '']) {
    const file = release.files.get(`${folder}/Packages${end}`);
    if (file !== undefined) return file;
  }
  return undefined;
}

function urlsOf(source: ArchiveSource, release: Release, file: ReleaseFile): string[] {
  const root = `${source.uri}/dists/${source.suite}`;
  const plain = `${root}/${file.path}`;
  if (!release.acquireByHash) return [plain];
  const folder = file.path.slice(0, file.path.lastIndexOf('/'));
  return [`${root}/${folder}/by-hash/SHA256/${file.sha256}`, plain];
}
