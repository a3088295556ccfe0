import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegistryConfig } from '@lading/registry-server';
import { registryPlace } from './registry-parts.ts';

test('a URL that is neither of PostgreSQL nor of a bucket is no path, and its password is not told', async () => {
  const config = await parseRegistryConfig('');
  for (const options of [
    { database: 'postgress://me:s3cret@db.example.org/registry' },
    { storage: 'gs://bucket/registry' },
  ]) {
    assert.throws(
      () => registryPlace(options, config),
      (error: { code: string; message: string; hint: string }) => {
        assert.equal(error.code, 'USAGE');
        assert.doesNotMatch(error.message + error.hint, /s3cret/);
        return true;
      },
    );
  }
  assert.deepEqual(registryPlace({ storage: 's3://b/p' }, config).storage, { bucket: 'b', prefix: 'p' });
});
