import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { credentialCases } from '../testing/credential-cases.ts';
import { credentialMachine, foundText } from '../testing/credential-machine.ts';
import { type LoadCredentialsOptions, loadCredentials } from './load-credentials.ts';

const programs = ['docker', 'podman', 'crane', 'lading'] as const;

test(`credentials: what docker, podman, crane and Lading find on ${credentialCases.length} machines`, async (t) => {
  assert.ok(credentialCases.length >= 60);
  const wrong: string[] = [];
  for (const each of credentialCases) {
    const { registry = 'r.example.org', repository = 'team/app', found } = each;
    const machine = await credentialMachine(t, each, registry);
    for (const program of programs) {
      const as = program === 'lading' ? undefined : program;
      const actual = await find(registry, { ...machine, repository, as });
      const expected = typeof found === 'string' ? found : found[program];
      if (actual !== expected) wrong.push(`${each.name}: ${program} finds ${actual} instead of ${expected}`);
    }
  }
  assert.deepEqual(wrong, []);
});

async function find(registry: string, options: LoadCredentialsOptions): Promise<string> {
  try {
    return foundText(await loadCredentials(registry, options));
  } catch (error) {
    assert.ok(isLadingError(error, 'CREDENTIALS_INVALID'), String(error));
    return 'error';
  }
}
