export { type Aspect, type CompareTreesOptions, compareTrees, type PathDifference } from './analysis/compare-trees.ts';
export { type DiveFigures, diveFigures } from './analysis/dive-figures.ts';
export { type Leftover, leftoversAmong } from './analysis/leftovers.ts';
export {
  changeIn,
  type LayerChange,
  nodeAt,
  type PathHistory,
  type PathVersion,
  pathHistory,
} from './analysis/path-history.ts';
export { type DuplicateContent, type HiddenContent, shownContents, type Waste, wasteOf } from './analysis/waste.ts';
export { type Change, diff } from './diff.ts';
export type { FileNode } from './file-node.ts';
export { FileTree, type LookupOptions } from './file-tree.ts';
export { type Layer, type ReadLayerOptions, readLayer } from './layer.ts';
export { decodeLayerIndex, encodeLayerIndex, type LayerIndex } from './layer-index.ts';
export { type ScanLayerOptions, scanLayer } from './scan-layer.ts';
export { union, unionOfIndexes } from './union.ts';
export { unpackLayer } from './unpack-layer.ts';
export type { UnpackLayerOptions } from './unpack-layer-options.ts';
export { isLayerXattr, type OverlayXattrPrefix } from './xattr-rules.ts';
