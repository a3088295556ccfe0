import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type IgnoreFile, parseIgnore } from '@lading/dockerfile';
import { LadingError, messageOf } from '@lading/errors';

/**
 * The ignore file of a Dockerfile: `<Dockerfile>.dockerignore` beside it wins over `.dockerignore` of the context; neither need be
 * there. Throws DOCKERFILE_INVALID, and FILE_UNREADABLE for one that is there and cannot be read: taking it for absent could put
 * into the image what it was meant to keep out.
 */
export async function readIgnoreFile(context: string, dockerfile?: string | undefined): Promise<IgnoreFile> {
  const own = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  for (const path of [...own, join(context, '.dockerignore')]) {
    const text = await readIfThere(path);
    if (text !== undefined) return parseIgnore(text, { filename: basename(path) });
  }
  return parseIgnore('');
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new LadingError('FILE_UNREADABLE', `Cannot read the ignore file ${path}: ${messageOf(cause)}`, {
      hint: 'Make it readable, or remove it.',
      cause,
    });
  }
}
