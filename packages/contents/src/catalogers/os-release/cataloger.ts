import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { olderReleasePaths, parseOlderRelease } from './older-release.ts';
import { distributionOf, parseOsRelease } from './parse.ts';

/** Such files have lines of a screen each. */
const maxBytes = 64 << 10;

/** Fedora and its children link os-release to one of these. */
const variants = 'usr/lib/os.release.d/os-release-';

const paths: ReadonlySet<string> = new Set(['etc/os-release', 'usr/lib/os-release', ...olderReleasePaths]);

/**
 * Tells the distribution's release. The links between its files need no following: what they lead to is read where it is. What an older
 * file says is a fact of its own, and counts where there is no os-release.
 */
export const osReleaseCataloger: Cataloger = {
  name: 'os-release',
  wants: ({ path }) => paths.has(path) || path.startsWith(variants),
  async *read(file: CatalogedFile): AsyncGenerator<Fact> {
    const text = (await file.whole(maxBytes)).toString('utf8');
    if (!olderReleasePaths.includes(file.path)) {
      const values = parseOsRelease(text);
      if (values.size > 0) yield { kind: 'distribution', distribution: distributionOf(values) };
      return;
    }
    const distribution = parseOlderRelease(file.path, text);
    if (distribution !== undefined) yield { kind: 'distribution', distribution };
  },
};
