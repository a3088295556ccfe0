import { readFile, stat } from 'node:fs/promises';
import { LadingError, messageOf, type Secret } from '@lading/errors';

/** Where a secret of a build comes from. */
export type SecretSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'value'; readonly value: Secret };

/** BuildKit's limit. */
const maxBytes = 500 << 10;

/** The secrets of one build: each is read once, when a step first asks for it. */
export interface Secrets {
  /** Undefined when the build was given none of that id. Throws FILE_NOT_FOUND, FILE_UNREADABLE, USAGE. */
  read(id: string): Promise<Buffer | undefined>;
  /** All that was read so far: what must not be shown. */
  known(): readonly Buffer[];
}

export function createSecrets(sources: ReadonlyMap<string, SecretSource> = new Map()): Secrets {
  const values = new Map<string, Promise<Buffer | undefined>>();
  const known: Buffer[] = [];
  return {
    read(id) {
      const source = sources.get(id);
      if (source === undefined) return Promise.resolve(undefined);
      let value = values.get(id);
      if (value === undefined) {
        value = readSecret(id, source).then((bytes) => {
          if (bytes !== undefined) known.push(bytes);
          return bytes;
        });
        values.set(id, value);
      }
      return value;
    },
    known: () => known,
  };
}

/** One secret. Undefined when its variable is not set. Throws FILE_NOT_FOUND, FILE_UNREADABLE, USAGE when it is too large. */
export async function readSecret(id: string, source: SecretSource): Promise<Buffer | undefined> {
  const bytes = await bytesOf(id, source);
  if (bytes === undefined || bytes.length <= maxBytes) return bytes;
  throw tooLarge(id);
}

async function bytesOf(id: string, source: SecretSource): Promise<Buffer | undefined> {
  switch (source.kind) {
    case 'value':
      return Buffer.from(source.value.reveal());
    case 'environment': {
      const value = process.env[source.name];
      return value === undefined ? undefined : Buffer.from(value);
    }
    case 'file':
      try {
        if ((await stat(source.path)).size > maxBytes) throw tooLarge(id);
        return await readFile(source.path);
      } catch (cause) {
        if (cause instanceof LadingError) throw cause;
        const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
        throw new LadingError(
          absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
          `Cannot read the secret ${id} from ${source.path}: ${absent ? 'there is no such file' : messageOf(cause)}`,
          { cause },
        );
      }
  }
}

function tooLarge(id: string): LadingError {
  return new LadingError('USAGE', `The secret ${id} is larger than ${maxBytes >> 10} KiB`);
}
