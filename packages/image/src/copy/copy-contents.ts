import type { Descriptor } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { CopyOptions } from './copy.ts';
import { ProgressCounter } from './copy-progress.ts';
import { CopyRun } from './copy-run.ts';
import { Pool } from './pool.ts';

/**
 * Copies single contents, such as layers that a target knows of and does not have, as `copy()` copies those of an image: each once, several
 * at a time, verified, going on where an earlier copy broke off. Throws COPY_FAILED, DISK_FULL, INTERRUPTED.
 */
export async function copyContents(
  source: Repository,
  target: Repository,
  contents: readonly Descriptor[],
  options: Pick<CopyOptions, 'concurrency' | 'onProgress' | 'patience' | 'similar' | 'signal'> = {},
): Promise<void> {
  const run = new CopyRun(target, {
    pool: new Pool(options.concurrency ?? 6),
    progress: new ProgressCounter(options.onProgress),
    patience: options.patience,
    similar: options.similar,
    signal: options.signal,
  });
  try {
    await run.copyContents(contents.map((descriptor) => ({ descriptor, from: source })));
  } finally {
    await run.close();
  }
}
