import type { Replaced } from '../merge-packages.ts';
import type { RootTree } from '../root-tree.ts';
import type { DebianPackage } from './unpack-package.ts';

/**
 * dpkg's own record of what is installed, so that dpkg and whatever reads its files sees the packages: `status`, and for each
 * package its `.list`, `.md5sums`, scripts and triggers. Scripts are kept, as later removals and upgrades run them.
 */
export function writeDpkgDatabase(tree: RootTree, packages: readonly DebianPackage[], replaced: Replaced): void {
  const root = 'var/lib/dpkg';
  for (const folder of ['alternatives', 'info', 'parts', 'triggers', 'updates']) tree.addDirectory(`${root}/${folder}`);
  const status: string[] = [];
  for (const unpacked of sorted(packages)) {
    const { record, controlFiles } = unpacked;
    // With info/format 1, files of packages that may be there for several architectures carry theirs.
    const base = record.multiArch === 'same' ? `${record.name}:${record.architecture}` : record.name;
    tree.addFile(`${root}/info/${base}.list`, listOf(tree, unpacked, replaced.get(record.name)));
    for (const [name, file] of controlFiles)
      tree.addFile(`${root}/info/${base}.${name}`, file.content, { mode: file.mode });
    status.push(stanza(unpacked));
  }
  tree.addFile(`${root}/status`, status.join('\n'));
  tree.addFile(`${root}/info/format`, '1\n');
  for (const name of ['available', 'diversions', 'statoverride']) tree.addFile(`${root}/${name}`, '');
  writeTriggers(tree, root, packages);
}

/** The record that distroless images carry: one control file a package in `status.d`, without dpkg's own folders. */
export function writeStatusFolder(tree: RootTree, packages: readonly DebianPackage[]): void {
  for (const { record, controlFiles } of sorted(packages)) {
    tree.addFile(`var/lib/dpkg/status.d/${record.name}`, record.control.toString());
    const sums = controlFiles.get('md5sums');
    if (sums === undefined) continue;
    // Only of files that are still there.
    const kept = sums.content
      .toString('utf8')
      .split('\n')
      .filter((line) => line.length > 34 && tree.exists(line.slice(34)));
    tree.addFile(`var/lib/dpkg/status.d/${record.name}.md5sums`, kept.map((line) => `${line}\n`).join(''));
  }
}

function sorted(packages: readonly DebianPackage[]): DebianPackage[] {
  return packages.toSorted((a, b) => (a.record.name < b.record.name ? -1 : 1));
}

// Paths as the package ships them: dpkg follows the links of the merged /usr itself.
function listOf(tree: RootTree, { entries }: DebianPackage, replaced: ReadonlySet<string> | undefined): string {
  const owned = replaced === undefined ? entries : entries.filter((entry) => !replaced.has(tree.resolve(entry.path)));
  return owned.map((entry) => `/${entry.path || '.'}\n`).join('');
}

function stanza({ record, entries }: DebianPackage): string {
  const control = record.control.toString();
  const end = control.indexOf('\n', control.search(/^Package:/m)) + 1;
  const conffiles = entries
    .filter((entry) => entry.checksum !== undefined)
    .map((entry) => ` /${entry.path} ${entry.checksum}\n`);
  const list = conffiles.length === 0 ? '' : `Conffiles:\n${conffiles.join('')}`;
  return `${control.slice(0, end)}Status: install ok installed\n${list}${control.slice(end)}`;
}

// Who wants to hear of changed paths (`File`) and of named events (a file each). deb-triggers(5).
function writeTriggers(tree: RootTree, root: string, packages: readonly DebianPackage[]): void {
  const byName = new Map<string, string[]>();
  for (const { record, controlFiles } of sorted(packages)) {
    for (const line of controlFiles.get('triggers')?.content.toString('utf8').split('\n') ?? []) {
      const match = /^\s*interest(-await|-noawait)?\s+(\S+)/.exec(line);
      if (match === null) continue;
      const name = match[2] ?? '';
      const interested = record.name + (match[1] === '-noawait' ? '/noawait' : '');
      if (name.startsWith('/')) append(byName, 'File', `${name} ${interested}\n`);
      else if (/^[A-Za-z0-9._+:-]+$/.test(name)) append(byName, name, `${interested}\n`);
    }
  }
  for (const [name, lines] of byName) tree.addFile(`${root}/triggers/${name}`, lines.join(''));
}

function append(map: Map<string, string[]>, key: string, line: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [line]);
  else list.push(line);
}
