export { defaultCapabilities } from './capabilities.ts';
export type { EngineName, IdMapping } from './engine/engine.ts';
export { type Execution, findExecution } from './foreign-platform.ts';
export { canIsolateNetwork } from './internal/private-network.ts';
export { assertCanRun, type InspectOptions, inspectMachine, type Machine, type MachineProblem } from './machine.ts';
export { fillFolder, readFolder, removeFolder } from './mapped-folder.ts';
export type { BindMount, FileMount, Mount, Ownership, SnapshotMount, SocketMount, TmpfsMount } from './mount.ts';
export type {
  ExitStatus,
  ExtraHost,
  OutputSink,
  ProcessLimits,
  ProcessSpec,
  ProcessUser,
  RunningProcess,
  Ulimit,
} from './process.ts';
export { defaultPath } from './process.ts';
export type { ChangesOptions, Scratch } from './scratch.ts';
export type { Snapshot } from './snapshot.ts';
export { listSnapshots, type SnapshotInfo } from './snapshot-info.ts';
export { findSnapshotFile, readSnapshotText } from './snapshot-text.ts';
export {
  type BeginOptions,
  type LayerSource,
  openSnapshots,
  type Pruned,
  type PruneOptions,
  type Snapshots,
} from './snapshots.ts';
export { type ResolvedUser, resolveUser } from './user.ts';
