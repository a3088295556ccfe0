export type { Archive, ArchivedImage } from './archive/archive.ts';
export type { LayoutRoot } from './archive/collect-layout.ts';
export { type OpenArchiveOptions, openArchive } from './archive/open-archive.ts';
export { type SavedImage, saveDockerArchive } from './archive/save-docker-archive.ts';
export { type SaveOciArchiveOptions, saveOciArchive } from './archive/save-oci-archive.ts';
export type { BundledKind } from './bundle/bundle-claims.ts';
export type { BundleContents, BundledManifest } from './bundle/bundle-contents.ts';
export type { Placement } from './bundle/placed-manifests.ts';
export { type BundlePlan, type PlanBundleOptions, planBundle, writeBundle } from './bundle/plan-bundle.ts';
export type { PublishedTag } from './bundle/publish-bundle.ts';
export { type StageBundleOptions, type StagedBundle, stageBundle } from './bundle/stage-bundle.ts';
export { type TrustFile, trustArtifactType, trustFile } from './bundle/trust-file.ts';
export { type AddedLayer, appendLayer, changeImage, type ImageChanges } from './change-image.ts';
export { convertImage } from './convert-image.ts';
export { type CopyOptions, type CopyResult, copy } from './copy/copy.ts';
export { copyContents } from './copy/copy-contents.ts';
export type { CopyProgress, CopyState } from './copy/copy-progress.ts';
export type { CopyCounts } from './copy/copy-run.ts';
export {
  type CopyPlan,
  type PlanCopyOptions,
  type PlannedContent,
  type PlannedOutcome,
  planCopy,
} from './copy/plan.ts';
export { TargetLeases } from './copy/target-leases.ts';
export { type Image, type OpenImageOptions, openImage, platformOf } from './image.ts';
export type { ImageFormat } from './image-format.ts';
export { type Index, openIndex } from './image-index.ts';
export { type Layer, layerOf } from './layer.ts';
export { openManifest, readManifest, resolveReference, type Source } from './manifest.ts';
export { type ArtifactPart, type WriteArtifactOptions, writeArtifact } from './write-artifact.ts';
export { type WriteImageOptions, writeImage } from './write-image.ts';
export { type WriteIndexOptions, writeIndex } from './write-index.ts';
export { type WriteLayerOptions, type WrittenLayer, writeLayer } from './write-layer.ts';
