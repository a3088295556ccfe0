// Apart from the builder, which is slow to load: whoever looks at what a cache has needs no more than this.
export { type CacheFile, type Leftovers, listCacheFiles, removeCacheFile, removeLeftovers } from './cache-files.ts';
