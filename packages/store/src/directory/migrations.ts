import { flattenIngests } from './flatten-ingests.ts';

/**
 * What makes a store of version n + 1 out of one of version n, by n. Each step may be cut off at any moment, and is then run again from its
 * beginning; it runs in one process at a time, and what it leaves is durable when it resolves.
 */
export const migrations: ReadonlyMap<number, (root: string) => Promise<void>> = new Map([[1, flattenIngests]]);

/** The version that the steps lead to. */
export const currentVersion: number = Math.max(...migrations.keys()) + 1;
