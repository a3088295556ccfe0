import { isGone } from '@lading/store';
import type { BuildRecord } from './build-record.ts';

/** How a build went, or goes. One whose process is gone without a word was killed, or the machine went down. */
export function buildState({
  state,
  process,
}: Pick<BuildRecord, 'state' | 'process'>): BuildRecord['state'] | 'killed' {
  return state === 'running' && isGone(process) ? 'killed' : state;
}
