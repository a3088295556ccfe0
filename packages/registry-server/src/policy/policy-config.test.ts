import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRegistryConfig } from '../config/registry-config.ts';
import { compileRules } from './policy-rules.ts';
import { matchTags } from './tag-pattern.ts';

test('the configuration that the documentation shows says what the documentation tells of it', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../docs/registry-policies.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(policies:.*?)```/s.exec(text) ?? [];
  const { policies, jobs } = await parseRegistryConfig(yaml);
  assert.deepEqual([policies.trashMs, policies.leaseMs], [7 * 86_400_000, 86_400_000]);
  assert.equal(jobs.schedules.gc, '*/10 * * * *');
  const [release, other] = ['release/app', 'team/app'].map(compileRules(policies.rules));
  assert.deepEqual(['v1', 'v1-rc1', 'latest'].map(release!.isFixed), [true, false, false]);
  assert.deepEqual([release!.sparse, other!.sparse], [false, true]);
  assert.deepEqual(release!.quota, { eachBytes: 50e9, totalBytes: 1e12 });
  assert.equal(release!.takesArtifactType('application/vnd.example.other'), false);
  // The first rule says nothing of retention, so the second one does.
  assert.equal(release!.retention?.untaggedMs, 7 * 86_400_000);
  assert.deepEqual(other!.retention?.tags[0], {
    match: ['v*'],
    newest: 10,
    movedWithinMs: undefined,
    pulledWithinMs: 90 * 86_400_000,
  });
});

test('what a rule or a schedule cannot mean is told with its place', async () => {
  const refused = async (text: string): Promise<string> =>
    parseRegistryConfig(text).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  assert.match(
    await refused("policies:\n  rules:\n    - repositories: ['a//b']\n"),
    /registry\.yaml:3:\d+.*empty path component/,
  );
  assert.match(
    await refused('policies:\n  rules:\n    - {repositories: [a], quota: much}\n'),
    /registry\.yaml:3:\d+.*quota/,
  );
  assert.match(await refused('policies:\n  trsh: 7d\n'), /registry\.yaml:2:\d+.*trsh/);
  assert.match(await refused('jobs:\n  gc:\n    schedule: daily at noon\n'), /registry\.yaml:3:\d+.*cron pattern/);
});

test('a pattern of tags matches as the regular expression that it stands for', () => {
  const characters = fc.constantFrom('a', 'b', '.', '*');
  const pattern = fc.string({ unit: characters, maxLength: 8 });
  const tag = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
  fc.assert(
    fc.property(pattern, tag, (glob, name) => {
      const expected = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      assert.equal(matchTags([glob])(name), expected.test(name));
    }),
  );
});
