export { type Change, diff } from './diff.ts';
export type { FileNode } from './file-node.ts';
export { FileTree, type LookupOptions } from './file-tree.ts';
export { type Layer, readLayer } from './layer.ts';
export { union } from './union.ts';
