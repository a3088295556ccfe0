import type { PackageRecord, Relation } from '@lading/distro';
import type { Recipe } from '../recipe.ts';

/** Needed by maintainer scripts, which are not run, or to manage packages, which is not done in a distroless image. */
const tools = new Set([
  'adduser',
  'apt',
  'cdebconf',
  'debconf',
  'debconf-2.0',
  'debianutils',
  'dpkg',
  'init-system-helpers',
  'install-info',
  'perl-base',
  'sensible-utils',
  'ucf',
  'usr-is-merged',
  'usrmerge',
]);

const shells = new Set(['bash', 'dash']);

/** Dependencies that one package has for its scripts only. */
const toolsOf: Readonly<Record<string, readonly string[]>> = {
  'base-files': ['awk'],
  'base-passwd': ['libdebconfclient0'],
  'ca-certificates': ['openssl'],
};

/** What a distroless image takes for satisfied unless the recipe asks for it by name. */
export function isToolDependency(relation: Relation, by: PackageRecord): boolean {
  return tools.has(relation.name) || shells.has(relation.name) || toolsOf[by.name]?.includes(relation.name) === true;
}

/** The recipe's packages, and a shell where it wants one and names none. */
export function requestsOf(recipe: Recipe): readonly string[] {
  const named = recipe.packages.some((request) => shells.has(/^[^\s=(:]+/.exec(request.trim())?.[0] ?? ''));
  return recipe.shell && !named ? [...recipe.packages, 'dash'] : recipe.packages;
}
