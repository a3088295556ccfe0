import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeScopes, repositoryScope } from './scope.ts';

test('normalizeScopes() gives equal sets equal text', () => {
  const expected = ['registry:catalog:*', 'repository:localhost:5000/a:pull', 'repository:b:pull,push'].sort();
  assert.deepEqual(
    normalizeScopes([
      repositoryScope('b', 'push'),
      'registry:catalog:*',
      repositoryScope('b', 'pull', 'push'),
      'repository:localhost:5000/a:pull',
    ]),
    expected,
  );
  assert.deepEqual(normalizeScopes([]), []);
});
