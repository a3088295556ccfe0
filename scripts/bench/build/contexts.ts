import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes a context: files by path, with a Dockerfile among them. */
export async function writeContext(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const words =
  'layer image digest build cache step file folder stage base source target name value return const await import from export'.split(
    ' ',
  );

/** Text that compresses about as source code does, another for each seed and the same everywhere. */
export function sampleText(seed: string, bytes: number): string {
  let text = '';
  for (let block = 0; text.length < bytes; block++) {
    const random = createHash('sha256').update(`${seed} ${block}`).digest();
    for (const byte of random) text += `${words[byte % words.length]}${byte > 128 ? ' ' : `_${random[byte % 32]}\n`}`;
  }
  return text.slice(0, bytes);
}
