// Builds cases with the program, all in one home.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '@lading/catalog';
import { type Image, openImage } from '@lading/image';
import { hostPlatform, parseDigest } from '@lading/oci';
import { openDirectoryStore } from '@lading/store';
import { type Lading, openLading } from '../lading.ts';
import type { Case } from './case.ts';
import { describeImage, type Outcome } from './outcome.ts';
import { writeContext } from './write-context.ts';

/** The base of cases that run programs: the Alpine test vector, under the name that it has in its archive. */
export const alpineName = 'alpine:3.11';

export type Built =
  | ({ readonly ok: true; readonly digest: string; readonly log: string } & Outcome)
  | { readonly ok: false; readonly log: string };

export interface BuildOptions {
  /** In front of those of the case. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Of the program, and of the files that it reads. */
  readonly umask?: string | undefined;
}

export interface Workshop {
  readonly lading: Lading;
  /** What is compared with: an image without the layers of its base says little else. */
  readonly alpine: Image;
  build(one: Case, options?: BuildOptions): Promise<Built>;
}

export async function openWorkshop(t: { after(work: () => Promise<void>): void }, alpine: string): Promise<Workshop> {
  const lading = await openLading(t);
  const { images } = await lading.json<{ readonly images: readonly { readonly digest: string }[] }>(
    'load',
    '-i',
    alpine,
  );
  const home = join(lading.folder, 'home');
  const content = await openDirectoryStore(join(home, 'content'));
  const catalog = await openCatalog({ path: join(home, 'catalog.sqlite') });
  t.after(() => catalog.close());
  const open = (name: string, digest: string): Promise<Image> => {
    const repository = { name, content, references: catalog.references(name) };
    return openImage(repository, parseDigest(digest), { platform: hostPlatform() });
  };
  const alpineImage = await open('docker.io/library/alpine', images[0]?.digest ?? '');
  let built = 0;
  return {
    lading,
    alpine: alpineImage,
    async build(one, { args = [], env = {}, umask = '022' } = {}) {
      built += 1;
      const folder = join(lading.folder, `case-${built}`);
      const context = await writeContext(one, folder, Number.parseInt(umask, 8));
      const words = ['build', '--json', ...args, ...one.args].map((word) => `'${word}'`);
      const outcome = await lading.shell(`umask ${umask}; exec lading ${words.join(' ')}`, {
        cwd: context,
        env: { ...one.env, ...env },
      });
      await rm(folder, { recursive: true });
      if (outcome.code !== 0) return { ok: false, log: outcome.stderr };
      const { digest } = JSON.parse(outcome.stdout) as { readonly digest: string };
      const image = await open('localhost/untagged', digest);
      return { ok: true, digest, log: outcome.stderr, ...(await describeImage(image, alpineImage)) };
    },
  };
}
