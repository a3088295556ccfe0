import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { drain } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { mixedBytes, temporaryFolder } from '@lading/testkit';
import { readVerified } from './read-verified.ts';

const size = 34_000_000;

for (const part of [size, 1000])
  test(`readVerified() reads ${part} bytes of a file, and says when they are not what they should be`, async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    const file = Buffer.alloc(size + 100, mixedBytes(65_537));
    await writeFile(path, file);
    const content = file.subarray(50, 50 + part);
    const expected = { digest: digestOf(content), size: part };
    let at = 0;
    for await (const chunk of readVerified(path, expected, { offset: 50 })) {
      assert.ok(content.subarray(at, at + chunk.length).equals(chunk));
      at += chunk.length;
    }
    assert.equal(at, part);
    for await (const chunk of readVerified(path, expected, { offset: 50 })) {
      assert.equal(chunk[0], content[0]);
      break;
    }
    const fails = (code: 'DIGEST_MISMATCH' | 'SIZE_MISMATCH' | 'FILE_NOT_FOUND' | 'INTERRUPTED') => (error: unknown) =>
      isLadingError(error, code);
    await assert.rejects(drain(readVerified(path, expected, { offset: 49 })), fails('DIGEST_MISMATCH'));
    const interrupted = AbortSignal.abort();
    await assert.rejects(drain(readVerified(path, expected, { signal: interrupted })), fails('INTERRUPTED'));
    await truncate(path, part);
    await assert.rejects(drain(readVerified(path, expected, { offset: 50 })), fails('SIZE_MISMATCH'));
    await assert.rejects(drain(readVerified(`${path}.gone`, expected)), fails('FILE_NOT_FOUND'));
  });
