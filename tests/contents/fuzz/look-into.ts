import { collect, fromBuffer } from '@lading/bytes';
import { createSecretScanner, factsOfImage, readSbom, type SbomFormat, writeSbom } from '@lading/contents';
import { isLadingError } from '@lading/errors';
import { openImage, writeImage, writeLayer } from '@lading/image';
import { createMemoryRepository } from '@lading/store';
import { writeTar } from '@lading/tar';
import { createRandom, type Random } from '../../crash/random.ts';
import { file } from '../hostile/hostile-case.ts';
import type { SoundFile } from './corpus.ts';
import { mutate } from './mutate.ts';

const formats: readonly SbomFormat[] = ['cyclonedx-1.6', 'cyclonedx-1.7', 'spdx-2.3'];

/** What shows in a message when a reader trusted what it read, though somebody above it made a warning of that. */
const defect =
  /Cannot read propert|is not a function|is not iterable|is not defined|is out of range\. It must|out of bounds|call stack|Invalid (?:string|array|typed)|Cannot convert|must be of type|Received /;

/** Looks into an image of some files with mutations, or of a layer whose own bytes have some. What was wrong; nothing when all is well. */
export async function lookInto(seed: number, sound: readonly SoundFile[]): Promise<readonly string[]> {
  const random = createRandom(seed);
  const isLayerBroken = random.chance(0.1);
  const tar = await tarOf(random, sound, isLayerBroken);
  const repository = createMemoryRepository();
  const compression = random.pick(['none', 'gzip', 'zstd'] as const);
  const { descriptor, diffId } = await writeLayer(repository, fromBuffer(isLayerBroken ? mutate(tar, random) : tar), {
    compression,
  });
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' as const, diff_ids: [diffId] } };
  const image = await openImage(repository, await writeImage(repository, { config, layers: [descriptor] }));
  try {
    const facts = await factsOfImage(image, { secretScanner: () => createSecretScanner() });
    const wrong = facts.warnings
      .filter(({ message }) => defect.test(message))
      .map(({ path, message }) => `${path}: ${message}`);
    for (const format of formats) {
      const bytes = writeSbom(
        { subject: { name: 'fuzz', digest: facts.digest }, facts },
        { format, created: '2024-01-02T03:04:05Z', toolVersion: '0' },
      );
      const again = readSbom(bytes).facts.packages.length;
      if (again !== facts.packages.length) wrong.push(`${format} has ${again} of ${facts.packages.length} packages`);
    }
    return wrong;
  } catch (error) {
    if (isLayerBroken && isLadingError(error)) return [];
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}

async function tarOf(random: Random, sound: readonly SoundFile[], asItIs: boolean): Promise<Buffer> {
  const files = Array.from({ length: 1 + random.below(5) }, () => random.pick(sound)).map(({ path, content, mode }) =>
    file(path, asItIs ? content : mutate(content, random), { mode }),
  );
  return collect(writeTar(files), { maxBytes: 64 << 20, what: 'a layer' });
}
