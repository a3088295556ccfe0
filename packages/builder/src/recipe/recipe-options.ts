import type { MirrorOptions } from './mirror.ts';
import type { RecipeProgress } from './progress.ts';

/** How packages are fetched and laid out; nothing of it changes the result. */
export interface RecipeOptions extends MirrorOptions {
  /** Where apt is configured. Default `/etc/apt`. */
  readonly aptFolder?: string | undefined;
  /** Where apk is configured. Default `/etc/apk`. */
  readonly apkFolder?: string | undefined;
  /** Downloads at a time. Default 6. */
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((progress: RecipeProgress) => void) | undefined;
}

export interface LockOptions extends RecipeOptions {
  /** Takes Release files whose Valid-Until has passed. Default false. */
  readonly allowExpired?: boolean | undefined;
}
