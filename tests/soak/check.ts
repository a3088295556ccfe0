import { join } from 'node:path';
import type { Digest } from '@lading/oci';
import { openDirectoryStore } from '@lading/store';
import { type Entry, readLedgers } from './ledger.ts';
import { Tags } from './tags.ts';

export interface Verdict {
  /** How often each thing was done. */
  readonly done: Readonly<Record<Entry['kind'], number>>;
  /** What must not have been; empty when all is well. */
  readonly violations: readonly string[];
}

type Span = { readonly digest: Digest; readonly from: number; readonly to: number };

/** Reads what the processes of a soak wrote down and what they left in the store, when all of them are gone. */
export async function checkSoak(folder: string): Promise<Verdict> {
  const entries = readLedgers(join(folder, 'ledgers'));
  const store = await openDirectoryStore(join(folder, 'store'));
  const violations: string[] = [];
  const done: Record<Entry['kind'], number> = {
    commit: 0,
    lease: 0,
    removed: 0,
    adopted: 0,
    read: 0,
    tag: 0,
    untag: 0,
    violation: 0,
  };
  const [commits, leases, removals] = [new Map<Digest, Span[]>(), new Map<Digest, Span[]>(), new Map<Digest, Span[]>()];
  for (const entry of entries) {
    done[entry.kind]++;
    if (entry.kind === 'violation') violations.push(entry.what);
    if (entry.kind === 'removed' && entry.tooYoung) violations.push(`${entry.digest} was removed too early`);
    if (entry.kind === 'commit') push(commits, entry);
    if (entry.kind === 'lease') push(leases, entry);
    if (entry.kind === 'removed') push(removals, entry);
  }

  for await (const { path, problem } of store.verify()) violations.push(`${path}: ${problem}`);
  for (const digest of await new Tags(join(folder, 'tags')).all()) {
    if ((await store.stat(digest)) === undefined) violations.push(`${digest} is tagged and missing`);
  }
  for (const [digest, spans] of commits) {
    if ((await store.stat(digest)) !== undefined) continue;
    // Only a removal that ended after the last commit began can have taken what it brought.
    const last = Math.max(...spans.map((span) => span.from));
    if (!removals.get(digest)?.some((removal) => removal.to > last)) {
      violations.push(`${digest} was committed, never collected since, and is missing`);
    }
  }
  for (const [digest, spans] of removals) {
    for (const { from, to } of spans) {
      const lease = leases.get(digest)?.find((span) => span.from < from && to < span.to);
      if (lease !== undefined) violations.push(`${digest} was collected between ${from} and ${to} while leased`);
    }
  }
  return { done, violations };
}

function push(spans: Map<Digest, Span[]>, span: Span): void {
  const known = spans.get(span.digest);
  if (known === undefined) spans.set(span.digest, [span]);
  else known.push(span);
}
