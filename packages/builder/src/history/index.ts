// Apart from the builder, which is slow to load: whoever looks at builds that were needs no more than this.
export type { ChangeBelow, ExplainedChange, StepExplanation } from '../cache/explanation.ts';
export type { FileChange } from '../cache/key-changes.ts';
export type { BuildFailure, BuildRecord, StageRecord, StepRecord } from './build-record.ts';
export { BuildRecorder, type RecordedBuild } from './build-recorder.ts';
export { buildState } from './build-state.ts';
export { criticalPath } from './critical-path.ts';
export { findBuild } from './find-build.ts';
export { type HistoryFolder, openHistory } from './history-folder.ts';
export { readStepLog } from './step-log.ts';
