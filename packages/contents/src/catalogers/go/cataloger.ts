import { openElf } from '../../elf/elf.ts';
import { isExecutable } from '../binary/is-executable.ts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { type GoModule, readGoBuildInfo } from './build-info.ts';
import { standardLibraryVersion } from './go-version.ts';
import { mainVersion } from './main-version.ts';

/**
 * The modules that a Go program is made of, and the standard library as `stdlib`. A module replaced by another is the other; one replaced
 * by a folder has the version that Go gives to that, `(devel)`: the one it was required with is often none, and nothing says what was there.
 */
export const goCataloger: Cataloger = {
  name: 'go-binary',
  wants: isExecutable,
  async *read(file: CatalogedFile): AsyncGenerator<Fact, void, undefined> {
    const elf = await openElf(file);
    const info = elf === undefined ? undefined : await readGoBuildInfo(elf);
    if (info === undefined) return;
    if (info.main !== undefined && info.main.path !== '') yield found(info.main.path, mainVersion(info), 'main');
    for (const module of info.dependencies) {
      const { path, version } = inUse(module);
      if (path !== '') yield found(path, version);
    }
    const version = standardLibraryVersion(info.goVersion);
    if (version !== undefined) yield found('stdlib', version, 'standard-library');
  },
};

function inUse({ path, version, replacement }: GoModule): { readonly path: string; readonly version: string } {
  if (replacement === undefined) return { path, version };
  return replacement.version.startsWith('v') ? replacement : { path, version: '(devel)' };
}

function found(path: string, version: string, role?: 'main' | 'standard-library'): Fact {
  const cut = path.lastIndexOf('/');
  const namespace = cut === -1 ? {} : { namespace: path.slice(0, cut) };
  const withRole = role === undefined ? {} : { role };
  return {
    kind: 'package',
    package: { type: 'golang', ...namespace, name: path.slice(cut + 1), version, ...withRole },
  };
}
