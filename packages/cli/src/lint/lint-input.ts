import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { LadingError, messageOf } from '@lading/errors';

/** The Dockerfile that is checked, and the folder that its COPY reads from. */
export interface LintInput {
  readonly dockerfile: Uint8Array;
  /** As messages show it: relative to where the command runs when it lies below. */
  readonly filename: string;
  /** Undefined for stdin. */
  readonly file: string | undefined;
  readonly context: string;
}

/** Far above any Dockerfile: what is larger was not meant. */
const MAX_BYTES = 16 << 20;

/**
 * Reads what `lading lint` is about: a Dockerfile, or the one in a folder; `--file` names another, and `-` stdin.
 * Throws FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function readLintInput(path: string, fileOption: string | undefined): Promise<LintInput> {
  if (fileOption === '-') {
    return { dockerfile: await readStdin(), filename: 'stdin', file: undefined, context: resolve(path) };
  }
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => fileOption !== undefined,
  );
  const file = resolve(fileOption ?? (isFolder ? join(path, 'Dockerfile') : path));
  const below = relative(process.cwd(), file);
  return {
    dockerfile: await read(file),
    filename: below.startsWith('..') ? file : below,
    file,
    context: resolve(isFolder ? path : dirname(file)),
  };
}

async function read(file: string): Promise<Uint8Array> {
  try {
    if ((await stat(file)).size > MAX_BYTES) throw tooLarge(file);
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof LadingError) throw cause;
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = absent ? 'it does not exist' : messageOf(cause);
    throw new LadingError(
      absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `Cannot read the Dockerfile ${file}: ${reason}`,
      {
        hint: 'Name the Dockerfile, or the folder that holds one; "-f -" reads stdin.',
        cause,
      },
    );
  }
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw tooLarge('stdin');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(name: string): LadingError {
  return new LadingError(
    'FILE_UNREADABLE',
    `Cannot read the Dockerfile ${name}: it is larger than ${MAX_BYTES} bytes`,
    {
      hint: 'Is this a Dockerfile?',
    },
  );
}
