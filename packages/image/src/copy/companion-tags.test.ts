import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, isTag, referrersTag } from '@lading/oci';
import { createMemoryRepository } from '@lading/store';
import { sampleImage } from '../internal/sample-image.ts';
import { companionTagNames, findCompanionTags } from './companion-tags.ts';

test('companionTagNames() are what the distribution-spec and cosign call them, and tags for every digest', () => {
  const hex = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
  assert.deepEqual(companionTagNames(digestOf('{}')), [
    `sha256-${hex}`,
    `sha256-${hex}.sig`,
    `sha256-${hex}.att`,
    `sha256-${hex}.sbom`,
  ]);
  const long = digestOf('{}', 'sha512');
  assert.deepEqual(companionTagNames(long), [`sha512-${long.slice(7, 7 + 64)}`]);
  assert.ok(companionTagNames(long).every(isTag));
});

test('findCompanionTags() gives the tags that are there with what they point to', async () => {
  const repository = createMemoryRepository();
  const image = await sampleImage(repository);
  const signature = await sampleImage(repository, { texts: ['signature'] });
  assert.deepEqual(await findCompanionTags(repository, image.digest), []);
  await repository.references.tag(`${referrersTag(image.digest)}.sig`, signature);
  await repository.references.tag('unrelated', signature);
  const [found, ...others] = await findCompanionTags(repository, image.digest);
  assert.equal(found?.tag, `${referrersTag(image.digest)}.sig`);
  assert.equal(found?.descriptor.digest, signature.digest);
  assert.deepEqual(others, []);
});
