import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect } from '@lading/bytes';
import { createMemoryRepository } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { openImage } from '../image.ts';
import { sampleImage } from '../internal/sample-image.ts';
import { openArchive } from './open-archive.ts';
import { saveDockerArchive } from './save-docker-archive.ts';
import { saveOciArchive } from './save-oci-archive.ts';

const maxBytes = 64 << 20;

const image = fc.record({
  texts: fc.array(fc.string({ maxLength: 3000, unit: 'binary' }), { maxLength: 4 }),
  compression: fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const),
  format: fc.constantFrom('oci' as const, 'docker' as const),
});

test('whatever images are saved, an archive of them opens with the same names, configs and layers', async (t) => {
  const path = join(await temporaryFolder(t), 'archive.tar');
  await fc.assert(
    fc.asyncProperty(fc.array(image, { minLength: 1, maxLength: 3 }), fc.boolean(), async (samples, docker) => {
      const repository = createMemoryRepository();
      const images = [];
      for (const [at, sample] of samples.entries()) {
        images.push({ from: await sampleImage(repository, sample), names: [`app:${at}`] });
      }
      const bytes = docker ? saveDockerArchive(repository, images) : saveOciArchive(repository, images);
      await writeFile(path, await collect(bytes, { maxBytes, what: 'archive' }));
      const archive = await openArchive(path);
      assert.equal(archive.format, docker ? 'docker-archive' : 'oci-archive');
      for (const { from, names } of images) {
        const [before, after] = [await openImage(repository, from), await openImage(archive.repository, names[0]!)];
        assert.ok(Buffer.compare(after.configBytes, before.configBytes) === 0);
        for (const [at, layer] of after.layers.entries()) {
          const [one, two] = [await layer.uncompressed(), await before.layers[at]!.uncompressed()];
          const options = { maxBytes, what: 'layer' };
          assert.ok((await collect(one, options)).equals(await collect(two, options)));
        }
      }
      await archive.close();
    }),
    { numRuns: 30 },
  );
});
