import type { RootTree } from '../root-tree.ts';
import type { DebianPackage } from './unpack-package.ts';

/** One `update-alternatives --install` of a maintainer script. update-alternatives(1). */
export interface Alternative {
  readonly name: string;
  readonly link: string;
  readonly path: string;
  readonly priority: number;
  readonly slaves: readonly { readonly name: string; readonly link: string; readonly path: string }[];
}

/**
 * The alternatives that a script installs with literal words. Scripts are not run, so what they compute (`$variable`, `$(…)`) is
 * not understood and left out; an alternative whose program is not in the image is dropped later, which takes care of most
 * conditions.
 */
export function parseAlternatives(script: string): Alternative[] {
  const found: Alternative[] = [];
  for (const line of script.replace(/\\\n/g, ' ').split('\n')) {
    const words = wordsOf(line);
    const start = words.indexOf('--install');
    if (start < 0 || !words.slice(0, start).includes('update-alternatives')) continue;
    const [link = '', name = '', path = '', priority = '', ...rest] = words.slice(start + 1);
    if (!link.startsWith('/') || !path.startsWith('/') || !/^-?[0-9]+$/.test(priority) || !isName(name)) continue;
    const slaves: { name: string; link: string; path: string }[] = [];
    for (let at = 0; rest[at] === '--slave'; at += 4) {
      const [slaveLink = '', slaveName = '', slavePath = ''] = rest.slice(at + 1, at + 4);
      if (slaveLink.startsWith('/') && slavePath.startsWith('/') && isName(slaveName)) {
        slaves.push({ link: slaveLink, name: slaveName, path: slavePath });
      }
    }
    found.push({ name, link, path, priority: Number(priority), slaves });
  }
  return found;
}

// Up to the end of the command; none when there is something that a shell would have to work out.
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const word of line.trim().split(/\s+/)) {
    if (/^(?:;|\|\|?|&&?|[0-9]?>.*|#.*|then|fi)$/.test(word) && words.includes('--install')) break;
    if (/[$`*?]/.test(word)) return [];
    words.push(word.replace(/;$/, '').replace(/^(["'])(.*)\1$/, '$2'));
  }
  return words;
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9._+-]+$/.test(text);
}

/** Makes the links of every alternative, the one of highest priority in each; with `record`, also dpkg's notes about them. */
export function writeAlternatives(tree: RootTree, packages: readonly DebianPackage[], record: boolean): void {
  const byName = Map.groupBy(
    packages
      .flatMap((one) => parseAlternatives(one.controlFiles.get('postinst')?.content.toString('utf8') ?? ''))
      .filter((alternative) => tree.exists(alternative.path.slice(1))),
    (alternative) => alternative.name,
  );
  for (const name of [...byName.keys()].toSorted()) {
    const choices = distinct(byName.get(name) ?? []);
    const [best] = choices.toSorted((a, b) => b.priority - a.priority || compare(a.path, b.path));
    if (best === undefined) continue;
    place(tree, name, best.link, best.path);
    for (const slave of best.slaves) {
      if (tree.exists(slave.path.slice(1))) place(tree, slave.name, slave.link, slave.path);
    }
    if (record) tree.addFile(`var/lib/dpkg/alternatives/${name}`, administration(best.link, choices));
  }
}

// The same alternative may be installed on several ways through a script.
function distinct(choices: readonly Alternative[]): Alternative[] {
  return [...new Map(choices.map((choice) => [choice.path, choice])).values()].toSorted((a, b) =>
    compare(a.path, b.path),
  );
}

function place(tree: RootTree, name: string, link: string, path: string): void {
  // A file of a package is not written over.
  const present = tree.get(tree.resolve(link.slice(1)));
  if (present !== undefined && present.type !== 'symlink') return;
  tree.addSymlink(`etc/alternatives/${name}`, path);
  tree.addSymlink(link.slice(1), `/etc/alternatives/${name}`);
}

// The status and the main link, names and links of slaves, an empty line; for each choice its path, priority and slaves.
function administration(link: string, choices: readonly Alternative[]): string {
  const slaves = new Map(choices.flatMap((choice) => choice.slaves.map((slave) => [slave.name, slave.link] as const)));
  const names = [...slaves.keys()].toSorted();
  const lines = ['auto', link, ...names.flatMap((name) => [name, slaves.get(name) ?? '']), ''];
  for (const choice of choices) {
    lines.push(choice.path, String(choice.priority));
    for (const name of names) lines.push(choice.slaves.find((slave) => slave.name === name)?.path ?? '');
  }
  return `${lines.join('\n')}\n\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
