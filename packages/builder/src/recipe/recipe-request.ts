import type { FrontendRequest } from '../frontend-request.ts';
import type { BuildRequest } from '../request.ts';
import type { LockMode } from './lock-recipe.ts';

export interface RecipeRequest extends FrontendRequest {
  /** The `image.yaml`. */
  readonly file: string;
  /** Only the images for these, which the recipe must name. All that it names unless told. Several make an index. */
  readonly platforms?: BuildRequest['platforms'];
  /** `use` unless told. */
  readonly lock?: LockMode | undefined;
  /** Takes Release files whose Valid-Until has passed. */
  readonly allowExpired?: boolean | undefined;
  /** Seconds since 1970 that no file is newer than; `SOURCE_DATE_EPOCH`, else the lock's, unless told. */
  readonly epoch?: number | undefined;
  /** Downloads, unpackings and layers at a time. The result does not depend on it. */
  readonly workers?: number | undefined;
}
