import { stat } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import type { ImageFacts } from '@lading/facts';
import type { ImageConfig } from '@lading/oci';
import type { OptionValues } from '../command.ts';
import { imageFacts } from '../contents/image-facts.ts';
import type { SecretSearch } from '../contents/secret-search.ts';
import type { Context } from '../context.ts';
import { type FoundImage, findImage, fullName, imageIn } from '../find-image.ts';
import { readSbomFile } from '../sbom/read-sbom-file.ts';

/** What is scanned. The caller closes it. */
export interface ScanSubject {
  readonly name: string;
  readonly facts: ImageFacts;
  /** Where it is an image: as it was found, and how it is configured. */
  readonly image?: { readonly found: FoundImage; readonly config: ImageConfig } | undefined;
  close(): Promise<void>;
}

/**
 * An image in any store; `sbom:FILE`, which tells packages alone; or `rootfs:FOLDER`. Throws as finding and reading them does.
 */
export async function openSubject(
  context: Context,
  text: string,
  options: OptionValues,
  secrets: SecretSearch | undefined,
): Promise<ScanSubject> {
  const [, kind, path = ''] = /^(sbom|rootfs):(.*)$/s.exec(text) ?? [];
  if (kind !== undefined && path === '') {
    throw new LadingError('USAGE', `Cannot scan ${text}: a path is missing`, { hint: `Write ${kind}:PATH.` });
  }
  if (kind === 'sbom') return { name: text, facts: (await readSbomFile(context, path)).facts, close: async () => {} };
  if (kind === 'rootfs') return { name: text, facts: await factsOfRoot(context, path, secrets), close: async () => {} };
  const found = await findImage(context, text, options);
  try {
    const image = imageIn(found);
    const facts = await imageFacts(context, image, { secrets });
    return {
      name: fullName(found.location),
      facts,
      image: { found, config: image.config },
      close: () => found.source.close(),
    };
  } catch (error) {
    await found.source.close();
    throw error;
  }
}

async function factsOfRoot(
  { signal, progress }: Context,
  folder: string,
  secrets: SecretSearch | undefined,
): Promise<ImageFacts> {
  await assertFolder(folder);
  const { createSecretScanner, factsOfFolder } = await import('@lading/contents');
  try {
    return await factsOfFolder(folder, {
      signal,
      ...(secrets === undefined ? {} : { secretScanner: () => createSecretScanner(secrets.options) }),
      onBytes: (bytes) => progress.update(folder, `reading ${folder}`, bytes),
    });
  } finally {
    progress.finish(folder);
  }
}

async function assertFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  const [code, why] =
    found === undefined
      ? (['FILE_NOT_FOUND', 'there is no such folder'] as const)
      : (['FILE_UNREADABLE', 'it is no folder'] as const);
  throw new LadingError(code, `Cannot scan ${path}: ${why}`, { details: { path } });
}
