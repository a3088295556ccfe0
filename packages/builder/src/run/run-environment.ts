import type { RunOptions } from './run-options.ts';
import { createSecrets, type Secrets } from './secrets.ts';

/** What the RUN steps of one build share. */
export interface RunEnvironment {
  readonly options: RunOptions;
  readonly secrets: Secrets;
  /** Holds the cache mounts. */
  readonly cacheFolder: string;
  /** Says something once in a build. */
  noticeOnce(text: string): void;
}

export function openRunEnvironment(
  options: RunOptions,
  cacheFolder: string,
  notice: (text: string) => void,
): RunEnvironment {
  const said = new Set<string>();
  return {
    options,
    secrets: createSecrets(options.secrets),
    cacheFolder,
    noticeOnce(text) {
      if (said.has(text)) return;
      said.add(text);
      notice(text);
    },
  };
}
