import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { writeArtifact } from '@lading/image';
import { createMemoryRepository } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { builtFrom, osvRecord } from '../testing/built.ts';
import { advisoriesArtifactType, advisoriesMediaType, fetchAdvisories, writeAdvisories } from './advisory-artifact.ts';

test('a database that went through a repository is the same bytes, and equal ones are one artifact', async (t) => {
  const folder = await temporaryFolder(t);
  const { path, bytes, digest, database } = await builtFrom(folder, { 'a.json': osvRecord('GHSA-1', 'npm', 'a') });
  database.close();
  const repository = createMemoryRepository('advisories');
  const descriptor = await writeAdvisories(repository, path);
  assert.deepEqual(await writeAdvisories(repository, path), descriptor);
  const target = join(folder, 'home/advisories.db');
  const fetched = await fetchAdvisories(repository, descriptor, target);
  assert.equal(fetched.digest, digest);
  assert.deepEqual(await readFile(target), bytes);
});

test('what is no database, or a damaged one, does not replace the one that is there', async (t) => {
  const folder = await temporaryFolder(t);
  const { path, bytes, database } = await builtFrom(folder, { 'a.json': osvRecord('GHSA-1', 'npm', 'a') });
  database.close();
  const repository = createMemoryRepository('advisories');
  const other = await writeArtifact(repository, { artifactType: 'application/vnd.example.other', parts: [] });
  await assert.rejects(fetchAdvisories(repository, other, path), (error) =>
    isLadingError(error, 'ADVISORIES_SOURCE_INVALID'),
  );
  const forged = await writeArtifact(repository, {
    artifactType: advisoriesArtifactType,
    parts: [{ mediaType: advisoriesMediaType, bytes: Buffer.from('no zstd') }],
  });
  await assert.rejects(fetchAdvisories(repository, forged, path), (error) => isLadingError(error, 'BYTES_CORRUPT'));
  assert.deepEqual(await readFile(path), bytes);
  const damaged = join(folder, 'damaged.db');
  await writeFile(damaged, bytes.subarray(0, -1));
  await assert.rejects(writeAdvisories(repository, damaged), (error) => isLadingError(error, 'ADVISORIES_DAMAGED'));
});
