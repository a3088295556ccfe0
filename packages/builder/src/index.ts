export { type Finding, type Level, levels, type Rule, reaches, rules } from '@lading/dockerfile';
export { build } from './build.ts';
export type { BuildEvent } from './build-event.ts';
export { buildRecipe, type RecipeResult, resolveRecipeStage } from './build-recipe.ts';
export { buildWithBuildpacks } from './buildpacks/build-with-buildpacks.ts';
export { type BuildpacksImage, inspectBuildpacksImage } from './buildpacks/inspect.ts';
export { type Order, parseOrder } from './buildpacks/order.ts';
export { isBuildpacksImage, type RebaseRequest, rebaseBuildpacksImage } from './buildpacks/rebase.ts';
export type { BuildpacksRequest, BuildpacksResult } from './buildpacks/request.ts';
export { type ImportedCache, type ImportOptions, importCache } from './cache/imported-cache.ts';
export type { CacheScope } from './cache/transfer/cache-document.ts';
export { type CacheExport, type ExportedCache, exportCache } from './cache/transfer/export-cache.ts';
export { defaultEpoch, sourceDateEpoch } from './epoch.ts';
export { currentProfile, type FormatProfile, parseFormatProfile } from './format-profile.ts';
export type { FrontendRequest } from './frontend-request.ts';
export { type LintReport, type LintRequest, lintContext } from './lint/lint-context.ts';
export { type LockEnvironment, type LockRequest, type LockResult, lockDockerfile } from './lock/lock-dockerfile.ts';
export type { LockFile, PinKind } from './lock/lock-file.ts';
export type { LayerCompression } from './output/layer-compression.ts';
export { type RootOfImage, type RootTarOptions, rootTar } from './output/root-tar.ts';
export { unpackRoot } from './output/unpack-root.ts';
export { dockerfileBuildType } from './provenance/dockerfile-build.ts';
export { findProvenance } from './provenance/find-provenance.ts';
export { type PlannedLayer, planReasons, planRebase, type RebasePlan } from './rebase/plan-rebase.ts';
export { type Rebased, type RebaseImageRequest, rebaseImage } from './rebase/rebase-image.ts';
export type { ImageDifference } from './rebuild/image-difference.ts';
export type { EntryDifference, LayerDifference } from './rebuild/layer-difference.ts';
export { type RebuildRequest, type Rebuilt, rebuildImage } from './rebuild/rebuild-image.ts';
export type { RebuildInputs } from './rebuild/rebuild-inputs.ts';
export { type Lock, type LockedPackage, lockPathOf } from './recipe/lock.ts';
export type { LockMode } from './recipe/lock-recipe.ts';
export type { RecipeRequest } from './recipe/recipe-request.ts';
export type {
  BuildEnvironment,
  BuildRequest,
  BuildResult,
  BuiltImage,
  ResolveContext,
  ResolvedContext,
  StepReport,
} from './request.ts';
export { exportCacheMount, importCacheMount } from './run/cache-mount.ts';
export type { Entitlement, FailedStep, RunOptions } from './run/run-options.ts';
export { scrubList } from './run/scrub.ts';
export { readSecret, type SecretSource } from './run/secrets.ts';
export type { SshSource } from './run/ssh-agent.ts';
