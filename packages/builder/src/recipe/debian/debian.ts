import { writeAccounts } from '../accounts.ts';
import type { Distribution, RootContents } from '../distribution.ts';
import type { RootTree } from '../root-tree.ts';
import { writeAlternatives } from './alternatives.ts';
import { archiveSources } from './archive-source.ts';
import { debianAccounts } from './base-accounts.ts';
import { pruneDistroless } from './distroless.ts';
import { writeDpkgDatabase, writeStatusFolder } from './installed-database.ts';
import { writeLoaderCache } from './loader-cache.ts';
import { mergeDebian } from './merge.ts';
import { resolveDebian } from './resolve.ts';
import { writeCertificates, writeSystemFiles } from './system-files.ts';
import { type DebianPackage, unpackPackage } from './unpack-package.ts';

export const debian: Distribution = {
  resolve: resolveDebian,
  sources: (recipe, options) => archiveSources(recipe, options.aptFolder),
  unpack: unpackPackage,
  fill,
};

/** Accounts, dpkg's records, and what the scripts of base packages would have made. No maintainer script is run. */
async function fill(tree: RootTree, { recipe, architecture, packages: unpacked, spool }: RootContents): Promise<void> {
  const packages = unpacked as readonly DebianPackage[]; // from unpackPackage() above
  const replaced = await mergeDebian(packages, tree, architecture, spool);
  await writeSystemFiles(tree, spool);
  await writeCertificates(tree, spool);
  await writeLoaderCache(tree, architecture, spool);
  await writeAccounts(tree, recipe, await debianAccounts(tree, spool), spool);
  if (recipe.variant === 'distroless') {
    pruneDistroless(tree);
    writeAlternatives(tree, packages, false);
    writeStatusFolder(tree, packages);
  } else {
    writeAlternatives(tree, packages, true);
    writeDpkgDatabase(tree, packages, replaced);
  }
}
