import { createPublicKey, type KeyObject } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LadingError, messageOf } from '@lading/errors';
import type { PackageSource } from '../distribution.ts';
import type { Recipe } from '../recipe.ts';

/**
 * The repositories that serve a recipe, in the order in which they are preferred: its own, else those of its mirrors for the release and
 * its components, else those of the machine's apk that are of them. Throws MIRROR_UNREACHABLE when there are none.
 */
export async function alpineRepositories(recipe: Recipe, apkFolder = '/etc/apk'): Promise<PackageSource[]> {
  const { suite, components } = recipe;
  const own = recipe.repositories.map((uri) => ({ uri, suite: new URL(uri).pathname.replace(/^\/+/, '') || '.' }));
  const mirrored = recipe.mirrors.flatMap((mirror) =>
    mirror.suites.flatMap((release) =>
      components.map((component) => ({
        uri: `${mirror.uri}/${release}/${component}`,
        suite: `${release}/${component}`,
      })),
    ),
  );
  if (own.length + mirrored.length > 0) return [...own, ...mirrored];
  const text = await readFile(join(apkFolder, 'repositories'), 'utf8').catch(() => '');
  // `@tag URI` is only for packages that are asked for with the tag.
  const lines = text.split('\n').map((line) => line.trim().replace(/\/+$/, ''));
  const found = lines.flatMap((uri) => {
    const component = /^(?:https?|file):\/\/\S+$/.test(uri) || uri.startsWith('/') ? basename(uri) : '';
    if (!components.includes(component) || !uri.endsWith(`/${suite}/${component}`)) return [];
    return [{ uri: uri.startsWith('/') ? `file://${uri}` : uri, suite: `${suite}/${component}` }];
  });
  if (found.length > 0) return found;
  throw new LadingError('MIRROR_UNREACHABLE', `Cannot find alpine ${suite}: apk is not configured with it here`, {
    hint: `Add "mirror: <URI above ${suite}/>" or "repositories: [<URI>]" to ${recipe.name}.`,
  });
}

/** Public keys by the name of their file, by which signatures name them: the recipe's, else those of the machine's apk. */
export async function alpineKeys(recipe: Recipe, apkFolder = '/etc/apk'): Promise<ReadonlyMap<string, KeyObject>> {
  const place = recipe.keyring ?? join(apkFolder, 'keys');
  const info = await stat(place).catch(() => undefined);
  const paths = info?.isDirectory()
    ? (await readdir(place)).toSorted().map((name) => join(place, name))
    : info === undefined
      ? []
      : [place];
  const keys = new Map<string, KeyObject>();
  for (const path of paths) {
    try {
      keys.set(basename(path), createPublicKey(await readFile(path)));
    } catch (cause) {
      throw new LadingError('MIRROR_UNTRUSTED', `Cannot use key ${path}: ${messageOf(cause)}`, {
        hint: 'Keys of Alpine are PEM files with a public RSA key, under the names that signatures call them by.',
        cause,
      });
    }
  }
  if (keys.size > 0) return keys;
  throw new LadingError('MIRROR_UNTRUSTED', `Cannot trust Alpine's repositories: there are no keys in ${place}`, {
    hint: `Add "keyring: <folder with the keys>" to ${recipe.name}.`,
  });
}
