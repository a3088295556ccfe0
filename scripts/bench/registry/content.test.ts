import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { createContent } from './content.ts';

test('createContent() makes blobs of the size, each another one, with their true digests, and the same in each run', () => {
  for (const size of [10, 64, 1024, 100_000]) {
    const source = createContent(size, 'a run');
    const [one, other] = [source.next(), source.next()];
    for (const { parts, digest } of [one, other]) {
      const bytes = Buffer.concat(parts);
      assert.equal(bytes.length, size);
      assert.equal(digest, digestOf(bytes));
    }
    assert.notEqual(one.digest, other.digest);
    assert.equal(createContent(size, 'a run').next().digest, one.digest);
  }
});
