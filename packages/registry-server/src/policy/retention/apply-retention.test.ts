import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '@lading/oci';
import fc from 'fast-check';
import { happen, history, openTestParts, repositories, tags } from '../../testing/random-history.ts';
import type { PolicyRule } from '../policy-rules.ts';
import { applyRetention, previewRetention } from './apply-retention.ts';
import { planRetention, type RetentionPlan } from './plan-retention.ts';
import type { RepositoryState } from './repository-state.ts';

const span = fc.option(fc.integer({ min: 0, max: 200_000 }), { nil: undefined });
const rule: fc.Arbitrary<PolicyRule> = fc.record({
  repositories: fc.constant(['**']),
  immutable: fc.constantFrom(undefined, { tags: ['v*'], except: ['v2'] }),
  retention: fc.record({
    protect: fc.constantFrom([], ['prod']),
    tags: fc.array(
      fc.record({
        match: fc.constantFrom(['*'], ['dev-*'], ['v*', 'latest']),
        newest: fc.option(fc.nat(3), { nil: undefined }),
        movedWithinMs: span,
        pulledWithinMs: span,
      }),
      { maxLength: 3 },
    ),
    untaggedMs: span,
  }),
});

function sorted(plans: readonly RetentionPlan[]): readonly string[] {
  return plans
    .flatMap(({ repository, tags: gone, manifests }) => [
      ...gone.map(({ name }) => `${repository}:${name}`),
      ...manifests.map(({ digest }) => `${repository}@${digest}`),
    ])
    .sort();
}

test('retention removes exactly what its preview says, and leaves every name whole', async () => {
  let removed = 0;
  await fc.assert(
    fc.asyncProperty(history, rule, async (steps, rules) => {
      const parts = await openTestParts();
      const { catalog, now } = parts;
      try {
        await happen(parts, steps);
        const options = { catalog, config: { rules: [rules], trashMs: 1000, leaseMs: 0 }, now };
        const preview = await Array.fromAsync(previewRetention(options));
        const named = async (): Promise<string[]> => {
          const rows = await catalog.database.all(
            'SELECT r.name AS repository, t.name FROM tags t JOIN repositories r ON r.id = t.repository_id',
          );
          return rows.map((row) => `${row.repository}:${row.name}`).sort();
        };
        const before = await named();
        const applied = sorted(await Array.fromAsync(applyRetention(options)));
        assert.deepEqual(applied, sorted(preview));
        removed += applied.length;
        // A tag goes only by its own rule, never because what it points to was taken from under it.
        const own = new Set<string>(repositories.flatMap((name) => tags.map((tag) => `${name}:${tag}`)));
        const left = await named();
        assert.deepEqual(
          before.filter((name) => own.has(name) && !applied.includes(name)),
          left.filter((name) => own.has(name)),
        );
        const torn = await catalog.database.all(
          `SELECT c.child FROM children c WHERE c.kind = 'manifest' AND EXISTS (
             SELECT 1 FROM trash t WHERE t.repository_id = c.repository_id AND t.digest = c.child AND t.actor = 'job:retention')`,
        );
        assert.deepEqual(torn, [], 'an index keeps its children');
        assert.deepEqual(sorted(await Array.fromAsync(previewRetention(options))), [], 'it is done in one run');
      } finally {
        await catalog.close();
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(removed > 0, 'there was something to remove');
});

test('a manifest that was just pushed stays for the time of a lease, whatever the rule says: its index may be on its way', async () => {
  const parts = await openTestParts();
  const { catalog, now } = parts;
  await happen(parts, [{ kind: 'image', repository: 0, blobs: [], other: 0 }]);
  const rules = [{ repositories: ['**'], retention: { protect: [], tags: [], untaggedMs: 0 } }];
  const removed = async (): Promise<number> => {
    const config = { rules, trashMs: 0, leaseMs: 10_000 };
    return sorted(await Array.fromAsync(applyRetention({ catalog, config, now }))).length;
  };
  parts.pass(9000);
  assert.equal(await removed(), 0);
  parts.pass(2000);
  assert.equal(await removed(), 1);
  await catalog.close();
});

const digest = (n: number): Digest => `sha256:${String(n).padStart(64, '0')}` as Digest;
const at = (day: number): string => new Date(Date.UTC(2026, 0, day)).toISOString();

const state: RepositoryState = {
  repository: 'app',
  tags: [
    { name: 'other', digest: digest(4), movedAt: at(1) },
    { name: 'prod', digest: digest(1), movedAt: at(1) },
    { name: 'v1', digest: digest(1), movedAt: at(1), pulledAt: at(29) },
    { name: 'v2', digest: digest(2), movedAt: at(2) },
    { name: 'v3', digest: digest(3), movedAt: at(3) },
  ],
  manifests: [1, 2, 3, 4, 5, 6].map((n) => ({
    digest: digest(n),
    recordedAt: at(1),
    // 6 refers to 2; 5 is a child of 3.
    above: n === 6 ? [digest(2)] : n === 5 ? [digest(3)] : [],
  })),
  pinned: new Set(),
  unnamed: new Set(),
  pullsSince: new Date(at(1)),
};

async function plan(retention: PolicyRule['retention'], from: RepositoryState = state): Promise<string[]> {
  const { tags: gone, manifests } = await planRetention(from, { retention, isFixed: () => false }, new Date(at(30)));
  return [...gone.map(({ name }) => name), ...manifests.map((manifest) => String(Number(manifest.digest.slice(-3))))];
}

test('retention keeps by count, age, last pull and pattern, and what is deployed, a child or a referrer', async () => {
  const [untaggedMs, day] = [0, 86_400_000];
  const v = { match: ['v*'] };
  assert.deepEqual(await plan({ protect: [], tags: [{ ...v, newest: 1 }] }), ['v1', 'v2']);
  assert.deepEqual(await plan({ protect: ['v1'], tags: [{ ...v, newest: 1 }] }), ['v2']);
  assert.deepEqual(await plan({ protect: [], tags: [{ ...v, movedWithinMs: 28 * day }] }), ['v1']);
  assert.deepEqual(await plan({ protect: [], tags: [{ ...v, newest: 1, pulledWithinMs: 2 * day }] }), ['v2']);
  const unknown = { ...state, pullsSince: undefined };
  assert.deepEqual(
    await plan({ protect: [], tags: [{ ...v, pulledWithinMs: day }] }, unknown),
    [],
    'nothing goes for want of knowledge',
  );
  // 2 goes with what refers to it; 3 keeps its child; 1 is still called prod.
  assert.deepEqual(await plan({ protect: ['prod'], tags: [{ ...v, newest: 1 }], untaggedMs }), ['v1', 'v2', '2', '6']);
  assert.deepEqual(
    await plan({ protect: [], tags: [{ match: ['*'] }], untaggedMs }, { ...state, pinned: new Set([digest(2)]) }),
    ['other', 'prod', 'v1', 'v3', '4', '3', '5', '1'],
  );
});
