export type { CheckFinding, CvssRating, Finding, FixState, Suppression } from './finding.ts';
export type { BaseImage, ImageFacts, ImageFile, ImageLayer, ImagePackage } from './image-facts.ts';
export type {
  FoundDistribution,
  FoundLicenses,
  FoundOwner,
  LayerFacts,
  LayerWarning,
  NotableFile,
} from './layer-facts.ts';
export type { Distribution, FoundPackage, PackageType, SourcePackage } from './package.ts';
export type { FoundSecret, ImageSecret } from './secret.ts';
export { isAtLeast, type Severity, severities } from './severity.ts';
