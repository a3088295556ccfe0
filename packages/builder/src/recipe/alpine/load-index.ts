import type { KeyObject } from 'node:crypto';
import { collect, fromBuffer, type Io } from '@lading/bytes';
import { type AlpineIndex, readAlpineIndexArchive } from '@lading/distro';
import { isLadingError, LadingError } from '@lading/errors';
import { readTar } from '@lading/tar';
import type { PackageSource } from '../distribution.ts';
import type { Mirror } from '../mirror.ts';
import { verifyAlpineIndex } from './signature.ts';

/** No index is longer. */
const MAX_INDEX_BYTES = 128 << 20;

/** Adds the packages of a repository for one architecture, once its signature is verified. Throws MIRROR_UNREACHABLE, MIRROR_UNTRUSTED. */
export async function loadAlpineIndex(
  mirror: Mirror,
  { uri, suite }: PackageSource,
  architecture: string,
  keys: ReadonlyMap<string, KeyObject>,
  index: AlpineIndex,
  io: Io,
): Promise<void> {
  const url = `${uri}/${architecture}/APKINDEX.tar.gz`;
  const data = await mirror.fetchSmall(url);
  if (data === undefined) {
    throw new LadingError('MIRROR_UNREACHABLE', `Cannot fetch ${url}: it is not there (404)`, {
      hint: `Check that the repository is for ${architecture}.`,
      details: { url, missing: true },
    });
  }
  try {
    const archive = await readAlpineIndexArchive(data);
    await verifyAlpineIndex(archive, keys, url);
    for await (const { path, content } of readTar(fromBuffer(archive.tar), io)) {
      if (path !== 'APKINDEX') continue;
      const text = await collect(content, { maxBytes: MAX_INDEX_BYTES, what: `the index ${url}`, ...io });
      index.add(text.toString('utf8'), suite);
      return;
    }
  } catch (cause) {
    if (isLadingError(cause, 'MIRROR_UNTRUSTED') || isLadingError(cause, 'INTERRUPTED')) throw cause;
    throw damaged(url, cause);
  }
  throw damaged(url, undefined);
}

function damaged(url: string, cause: unknown): LadingError {
  const fault = isLadingError(cause) ? cause.message : 'there is no APKINDEX in it';
  return new LadingError('MIRROR_UNTRUSTED', `Cannot trust ${url}: ${fault}`, {
    hint: 'The mirror is damaged or in the middle of an update: try again later, or name another.',
    cause,
    details: { url },
  });
}
