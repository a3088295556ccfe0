import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AptSource, parseSourcesControl, parseSourcesList } from '@lading/distro';
import { LadingError, messageOf } from '@lading/errors';
import type { Recipe } from '../recipe.ts';

/** One suite at one archive, and what vouches for it. */
export interface ArchiveSource {
  /** The archive's root, without a trailing slash. */
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Keyring files, or armoured key blocks. */
  readonly keyrings: readonly string[];
  /** False where apt's configuration says that an expired Release file is fine. */
  readonly checkValidUntil: boolean;
}

/** Where the keyring of the Debian archive lies when nobody says otherwise. */
const archiveKeyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/etc/apt/trusted.gpg'];

/**
 * The archives that serve a recipe: its own mirrors, else those of the machine's apt configuration that have the suite, its
 * updates or its security suite. Throws MIRROR_UNREACHABLE when there are none, MIRROR_UNTRUSTED when nothing vouches for them.
 */
export async function archiveSources(recipe: Recipe, aptFolder = '/etc/apt'): Promise<ArchiveSource[]> {
  const found =
    recipe.mirrors.length > 0
      ? recipe.mirrors.flatMap(({ uri, suites }) =>
          suites.map((suite) => ({ uri, suite, components: recipe.components, keyrings: [], checkValidUntil: true })),
        )
      : configured(await readAptSources(aptFolder), recipe);
  if (found.length === 0) {
    throw new LadingError(
      'MIRROR_UNREACHABLE',
      `Cannot find ${recipe.distro} ${recipe.suite}: apt is not configured with it here`,
      {
        hint: `Add "mirror: <URI of an archive>" to ${recipe.name}, or the suite to ${aptFolder}.`,
      },
    );
  }
  const defaults = await defaultKeyrings(aptFolder);
  return found.map((source) => {
    const keyrings =
      recipe.keyring !== undefined ? [recipe.keyring] : source.keyrings.length > 0 ? source.keyrings : defaults;
    if (keyrings.length > 0) return { ...source, keyrings };
    throw new LadingError(
      'MIRROR_UNTRUSTED',
      `Cannot trust ${source.uri}: there is no keyring to verify its signature with`,
      {
        hint: `Install the package debian-archive-keyring, or add "keyring: <file>" to ${recipe.name}.`,
      },
    );
  });
}

function configured(sources: readonly AptSource[], recipe: Recipe): ArchiveSource[] {
  const suites = [recipe.suite, `${recipe.suite}-updates`, `${recipe.suite}-security`];
  const found = new Map<string, ArchiveSource>();
  for (const source of sources) {
    const limited = source.architectures.length > 0;
    if (limited && !recipe.architectures.every((architecture) => source.architectures.includes(architecture))) continue;
    for (const text of source.uris) {
      if (!/^(?:https?|file):/.test(text)) continue;
      for (const suite of source.suites) {
        const components = recipe.components.filter((component) => source.components.includes(component));
        const uri = text.replace(/^file:\/*/, 'file:///').replace(/\/+$/, '');
        if (!suites.includes(suite) || components.length === 0 || found.has(`${uri} ${suite}`)) continue;
        found.set(`${uri} ${suite}`, {
          uri,
          suite,
          components,
          keyrings: source.signedBy,
          checkValidUntil: source.checkValidUntil,
        });
      }
    }
  }
  const list = [...found.values()].toSorted((a, b) => suites.indexOf(a.suite) - suites.indexOf(b.suite));
  // Updates alone are not a suite.
  return list.some((source) => source.suite === recipe.suite) ? list : [];
}

/** What apt is configured with: `sources.list`, then `sources.list.d` in byte order. Absent files are no error. Throws CONTROL_INVALID. */
export async function readAptSources(aptFolder: string): Promise<AptSource[]> {
  const folder = join(aptFolder, 'sources.list.d');
  const names = (await readdir(folder).catch(() => [])).toSorted();
  const sources: AptSource[] = [];
  for (const path of [join(aptFolder, 'sources.list'), ...names.map((name) => join(folder, name))]) {
    const parse = path.endsWith('.list')
      ? parseSourcesList
      : path.endsWith('.sources')
        ? parseSourcesControl
        : undefined;
    if (parse === undefined || !existsSync(path)) continue;
    try {
      sources.push(...parse(await readFile(path, 'utf8')));
    } catch (cause) {
      throw new LadingError('CONTROL_INVALID', `Cannot read apt's configuration ${path}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  return sources;
}

async function defaultKeyrings(aptFolder: string): Promise<string[]> {
  const folder = join(aptFolder, 'trusted.gpg.d');
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(?:gpg|asc)$/.test(name)).toSorted();
  return [...archiveKeyrings.filter((path) => existsSync(path)), ...names.map((name) => join(folder, name))];
}
