import { alpineVersionMatches } from '@lading/distro';
import { writeAccounts } from '../accounts.ts';
import type { Distribution, RootContents } from '../distribution.ts';
import { mergePackages } from '../merge-packages.ts';
import { prune, type RootTree } from '../root-tree.ts';
import type { PackageEntry } from '../unpacked-package.ts';
import { type AlpineAccounts, alpineAccounts } from './base-accounts.ts';
import { writeBusyboxLinks } from './busybox.ts';
import { writeApkState, writeInstalled } from './installed-database.ts';
import { alpineRepositories } from './repositories.ts';
import { resolveAlpine, worldOf } from './resolve.ts';
import { type UnpackedAlpinePackage, unpackAlpinePackage } from './unpack-package.ts';

export const alpine: Distribution = {
  resolve: resolveAlpine,
  sources: (recipe, options) => alpineRepositories(recipe, options.apkFolder),
  unpack: unpackAlpinePackage,
  fill,
};

/** Accounts, busybox's links, apk's records. No script of a package is run. */
async function fill(tree: RootTree, { recipe, architecture, packages: unpacked, spool }: RootContents): Promise<void> {
  const shipped = unpacked as readonly UnpackedAlpinePackage[]; // from unpackAlpinePackage() above
  const accounts = await alpineAccounts(shipped, spool);
  const packages = shipped.map((one) => ({ ...one, entries: one.entries.map((entry) => owned(entry, accounts)) }));
  const replaced = await mergePackages(packages, tree, spool, { first: 'alpine-baselayout', keeperOf });
  for (const path of ['dev', 'etc', 'proc', 'run', 'sys', 'tmp']) {
    tree.addDirectory(path, path === 'tmp' ? 0o1777 : ['proc', 'sys'].includes(path) ? 0o555 : 0o755);
  }
  await writeBusyboxLinks(tree, spool);
  for (const { home, uid, gid } of accounts.homes) tree.addDirectory(home.slice(1), 0o755, uid, gid);
  await writeAccounts(tree, recipe, accounts, spool);
  if (recipe.runtimeRepositories.length > 0) {
    tree.addFile('etc/apk/repositories', recipe.runtimeRepositories.map((uri) => `${uri}\n`).join(''));
  }
  if (recipe.variant === 'distroless') prune(tree, dropped);
  else await writeApkState(tree, packages, worldOf(recipe), architecture);
  writeInstalled(tree, packages, replaced);
}

/** Archives name owners: the numbers beside the names are those of the machine that built the package. */
function owned(entry: PackageEntry, { users, groups }: AlpineAccounts): PackageEntry {
  const { userName, groupName } = entry;
  const uid = users.find((user) => user.name === userName)?.uid ?? entry.uid;
  const gid = groups.find((group) => group.name === groupName)?.gid ?? entry.gid;
  return { ...entry, uid, gid };
}

// apk-tools, `database.c` apk_db_install_file(): one origin may; else who replaces the other, by priority; of two, the later.
function keeperOf(later: UnpackedAlpinePackage, earlier: UnpackedAlpinePackage): UnpackedAlpinePackage | undefined {
  if (later.record.origin === earlier.record.origin) return later;
  const mine = priorityOver(later, earlier);
  const theirs = priorityOver(earlier, later);
  if (theirs > mine) return earlier;
  return mine >= 0 ? later : undefined;
}

function priorityOver({ record }: UnpackedAlpinePackage, other: UnpackedAlpinePackage): number {
  const replaces = record.replaces.some(
    (one) => one.name === other.name && alpineVersionMatches(other.version, one) !== one.conflict,
  );
  return replaces ? record.replacesPriority : -1;
}

/** What a running program does not read. Who scans the image still finds its packages. */
const dropped = [
  'etc/apk',
  'etc/conf.d',
  'etc/init.d',
  'etc/issue',
  'etc/logrotate.d',
  'etc/motd',
  'etc/profile',
  'etc/profile.d',
  'usr/include',
  'usr/lib/pkgconfig',
  'usr/share/aclocal',
  'usr/share/apk',
  'usr/share/bash-completion',
  'usr/share/doc',
  'usr/share/fish',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/pkgconfig',
  'usr/share/zsh',
  'var/cache',
] as const;
