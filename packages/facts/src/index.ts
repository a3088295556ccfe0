export type { CheckFinding, CvssRating, Finding, FindingPlace, FixState, Suppression } from './finding.ts';
export type { BaseImage, ImageFacts, ImageFile, ImageLayer, ImagePackage } from './image-facts.ts';
export type {
  FoundDistribution,
  FoundLicenses,
  FoundOwner,
  LayerFacts,
  LayerWarning,
  NotableFile,
} from './layer-facts.ts';
export { decodeLayerPaths, type LayerPath, LayerPathsEncoder } from './layer-paths.ts';
export type { Distribution, FoundPackage, PackageType, SourcePackage } from './package.ts';
export type { FoundSecret, ImageSecret } from './secret.ts';
export { isAtLeast, type Severity, severities } from './severity.ts';
export { findBase, type KnownImage, withBase } from './union/find-base.ts';
export { packageUrlOf } from './union/package-url-of.ts';
export { type UnitedImage, uniteFacts } from './union/unite-facts.ts';
