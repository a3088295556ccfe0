import type { Spool } from '../../internal/spool.ts';
import type { RootTree } from '../root-tree.ts';

const folder = 'etc/busybox-paths.d';

/** Programs that are many, and the packages whose lists name what else they are called; first come, first served. */
const programs = [
  ['busybox-suid', '/bin/bbsuid'],
  ['busybox-extras', '/bin/busybox-extras'],
  ['busybox', '/bin/busybox'],
] as const;

/**
 * The links that busybox makes to itself when its package is installed (`busybox --install -s`), from the lists that its packages ship.
 * What is there already stays. Packages before Alpine 3.17 ship no lists, and get no links.
 */
export async function writeBusyboxLinks(tree: RootTree, spool: Spool): Promise<void> {
  for (const [name, program] of programs) {
    const list = tree.exists(program.slice(1)) ? await tree.read(`${folder}/${name}`, spool) : undefined;
    for (const line of list?.toString('utf8').split('\n') ?? []) {
      const path = line.trim().replace(/^\/+/, '');
      if (path === '' || path.split('/').includes('..') || tree.get(tree.resolve(path)) !== undefined) continue;
      tree.addSymlink(path, program);
    }
  }
}
