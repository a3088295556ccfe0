export { type Change, diff } from './diff.ts';
export type { FileNode } from './file-node.ts';
export { FileTree, type LookupOptions } from './file-tree.ts';
export { type Layer, readLayer } from './layer.ts';
export { type ScanLayerOptions, scanLayer } from './scan-layer.ts';
export { union } from './union.ts';
export { unpackLayer } from './unpack-layer.ts';
export type { UnpackLayerOptions } from './unpack-layer-options.ts';
export { isLayerXattr, type OverlayXattrPrefix } from './xattr-rules.ts';
