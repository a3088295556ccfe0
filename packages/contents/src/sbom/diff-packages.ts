import type { ImagePackage } from '@lading/facts';

/** How one set of packages became another. */
export interface PackageDifference {
  readonly type: string;
  /** With its namespace: `@angular/core`. */
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Of the first set, sorted; several where it is there more than once. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What is different, by type and name, sorted. Where a package lies does not matter. */
export function diffPackages(before: readonly ImagePackage[], after: readonly ImagePackage[]): PackageDifference[] {
  const [old, young] = [versionsOf(before), versionsOf(after)];
  const differences: PackageDifference[] = [];
  for (const key of [...new Set([...old.keys(), ...young.keys()])].sort()) {
    const [type = '', name = ''] = key.split('\0');
    const [left, right] = [sorted(old.get(key)), sorted(young.get(key))];
    if (left.join('\0') === right.join('\0')) continue;
    const kind = left.length === 0 ? 'added' : right.length === 0 ? 'removed' : 'changed';
    differences.push({ type, name, kind, before: left, after: right });
  }
  return differences;
}

function versionsOf(packages: readonly ImagePackage[]): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>();
  for (const { type, namespace, name, version } of packages) {
    const key = `${type}\0${namespace === undefined ? '' : `${namespace}/`}${name}`;
    const known = versions.get(key);
    if (known === undefined) versions.set(key, new Set([version]));
    else known.add(version);
  }
  return versions;
}

function sorted(versions: ReadonlySet<string> = new Set()): string[] {
  return [...versions].sort();
}
