import type { FoundPackage } from '@lading/facts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { asObject, asText, asWord, invalidRecord, type JsonObject, readJson } from '../record-file.ts';

/** Some hundred packages, each with its whole composer.json. */
const MAX_INSTALLED = 16 << 20;

/**
 * What Composer installed: `vendor/composer/installed.json`, of Composer 1 a list, of Composer 2 an object with `packages`.
 *
 * Not found: `composer.lock`, which says what was to be installed (where there is no vendor folder nothing was), and PEAR.
 */
export const phpCataloger: Cataloger = {
  name: 'php',
  wants: ({ type, path }) =>
    type === 'file' && (path.endsWith('/composer/installed.json') || path === 'composer/installed.json'),
  read: readInstalled,
};

async function* readInstalled(file: CatalogedFile): AsyncIterable<Fact> {
  const installed = await readJson(file, MAX_INSTALLED);
  const packages = Array.isArray(installed) ? installed : installed.packages;
  if (!Array.isArray(packages)) throw invalidRecord(file.path, 'it has no list of packages');
  for (const value of packages) {
    const found = packageOf(asObject(value) ?? {});
    if (found !== undefined) yield { kind: 'package', package: found };
  }
}

/** Names have a vendor: `symfony/console`. Versions are as tagged, some with a `v`, which says nothing. Composer, "composer.json schema". */
function packageOf(record: JsonObject): Omit<FoundPackage, 'cataloger' | 'location'> | undefined {
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(asWord(record.name)?.toLowerCase() ?? '') ?? [];
  const version = asWord(record.version)?.replace(/^v(?=\d)/i, '');
  if (namespace === undefined || name === undefined || version === undefined) return undefined;
  const licenses = (Array.isArray(record.license) ? record.license : [record.license])
    .map(asText)
    .filter((license) => license !== undefined);
  const sha1 = asWord(asObject(record.dist)?.shasum);
  return {
    type: 'composer',
    namespace,
    name,
    version,
    ...(licenses.length === 0 ? {} : { licenses }),
    ...(sha1 !== undefined && /^[0-9a-f]{40}$/.test(sha1) ? { hashes: { sha1 } } : {}),
  };
}
