export { build } from './build.ts';
export { buildRecipe, type RecipeEnvironment, type RecipeRequest, type RecipeResult } from './build-recipe.ts';
export { defaultEpoch, sourceDateEpoch } from './epoch.ts';
export { type Lock, type LockedPackage, lockPathOf } from './recipe/lock.ts';
export type { LockMode } from './recipe/lock-recipe.ts';
export type { RecipeProgress } from './recipe/progress.ts';
export type { BuildEnvironment, BuildEvent, BuildRequest, BuildResult, StepReport } from './request.ts';
