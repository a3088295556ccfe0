import type { Material } from '../materials.ts';
import type { LockedPackage } from './lock.ts';
import type { Recipe } from './recipe.ts';

/** A package as what a build took in: by its package URL (purl-spec, types `deb` and `apk`), which names no host. */
export function packageMaterial({ distro, suite }: Recipe, one: LockedPackage): Material {
  const type = distro === 'alpine' ? 'apk' : 'deb';
  const [name, version] = [encodeURIComponent(one.name), encodeURIComponent(one.version)];
  return {
    kind: 'recipe',
    name: one.name,
    uri: `pkg:${type}/${distro}/${name}@${version}?arch=${one.architecture}&distro=${encodeURIComponent(suite)}`,
    digest: { sha256: one.sha256 },
  };
}
