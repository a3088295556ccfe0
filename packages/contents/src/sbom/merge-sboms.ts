import type { ImagePackage } from '@lading/facts';
import { factsOf, type ReadSbom } from './facts-of.ts';
import type { Sbom, SbomSubject } from './sbom.ts';

/**
 * One SBOM of several, such as of the parts that a product consists of: every package of each, once where several have the same at the same
 * place. Layers belong to one image and are not kept, unless all are about the same one. The order does not matter for the packages.
 */
export function mergeSboms(sboms: readonly (Sbom | ReadSbom)[], subject: SbomSubject): Sbom {
  const [first] = sboms;
  const digests = new Set(sboms.map(({ facts }) => facts.digest));
  const isOne = first !== undefined && digests.size === 1 && subject.digest === first.facts.digest;
  const packages = sboms.flatMap(({ facts }) =>
    isOne ? facts.packages : facts.packages.map((found): ImagePackage => ({ ...found, layer: -1 })),
  );
  const systems = new Set(sboms.flatMap(({ facts }) => JSON.stringify(facts.distribution) ?? []));
  const distribution = sboms.find(({ facts }) => facts.distribution !== undefined)?.facts.distribution;
  return {
    subject,
    facts: factsOf({
      platform: new Set(sboms.map(({ facts }) => facts.platform)).size === 1 ? (first?.facts.platform ?? '') : '',
      layers: isOne ? first.facts.layers : [],
      // Of several distributions none would be true for all packages.
      distribution: systems.size === 1 ? distribution : undefined,
      packages,
      digest: subject.digest,
    }),
  };
}
