import type { FileTree } from '@lading/filetree';
import type { LayerScan } from '../analysis/layer-scan.ts';
import { type InstalledPackage, rpmDatabase } from '../analysis/package-databases.ts';

export interface PackageChange {
  /** With its architecture where one image has several of that name. */
  readonly name: string;
  /** Absent: it is not installed there. */
  readonly before?: string;
  readonly after?: string;
}

/** Packages of dpkg and apk whose versions differ, by name. */
export function packageChanges(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
): PackageChange[] {
  const [lower, upper] = [versionsOf(before), versionsOf(after)];
  return [...new Set([...lower.keys(), ...upper.keys()])].sort().flatMap((name) => {
    const [one, other] = [lower.get(name), upper.get(name)];
    if (one === other) return [];
    return [{ name, ...(one === undefined ? {} : { before: one }), ...(other === undefined ? {} : { after: other }) }];
  });
}

/** The packages that an image says are installed: of databases that several layers have, the one that it shows. */
export function installedIn(tree: FileTree, scans: readonly LayerScan[]): InstalledPackage[] {
  return scans.flatMap((scan, layer) =>
    [...scan.packages].flatMap(([path, packages]) => (tree.get(path)?.layer === layer ? packages : [])),
  );
}

/** Whether the image has a database that is not read. */
export function hasRpm(scans: readonly LayerScan[]): boolean {
  return scans.some(({ tree }) => tree.entries.some(({ path }) => rpmDatabase.test(path)));
}

function versionsOf(packages: readonly InstalledPackage[]): Map<string, string> {
  const byName = Map.groupBy(packages, ({ name }) => name);
  return new Map(
    [...byName.values()].flatMap((same) =>
      same.map(({ name, version, architecture = '' }) => [same.length > 1 ? `${name}:${architecture}` : name, version]),
    ),
  );
}
