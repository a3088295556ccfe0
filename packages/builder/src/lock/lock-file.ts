import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import { type Digest, familiarReference, isDigest, parseReference } from '@lading/oci';

/**
 * What the names in a Dockerfile stood for when it was locked: `Dockerfile.lock`. JSON with sorted keys and one pin a line, made to be
 * committed and read in a diff. Names are without credentials.
 */
export interface LockFile {
  readonly lockVersion: 1;
  /** By name and tag: the digest of the index where there is one, so that it holds for every platform. */
  readonly images: Readonly<Record<string, Digest>>;
  /** By address: the commit. */
  readonly git: Readonly<Record<string, string>>;
  /** By address: the SHA-256 of the content, with `sha256:` in front. */
  readonly http: Readonly<Record<string, Digest>>;
  /** By path as given: the lock file that the recipe has itself. */
  readonly recipes: Readonly<Record<string, string>>;
}

export type PinKind = 'images' | 'git' | 'http' | 'recipes';
export const pinKinds: readonly PinKind[] = ['images', 'git', 'http', 'recipes'];
export const emptyLock: LockFile = { lockVersion: 1, images: {}, git: {}, http: {}, recipes: {} };

/** How a lock file calls an image: `alpine:3.20`. */
export function imagePinName(text: string): string {
  return familiarReference(parseReference(text));
}

/** Where the lock of a Dockerfile lies: `Dockerfile.lock` beside `Dockerfile`. */
export function dockerfileLockPath(dockerfile: string): string {
  return `${dockerfile}.lock`;
}

export function formatLockFile(lock: LockFile): string {
  const sections = pinKinds.flatMap((kind) => {
    const pins = Object.entries(lock[kind]).sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = pins.map(([name, pin]) => `    ${JSON.stringify(name)}: ${JSON.stringify(pin)}`);
    return lines.length === 0 ? [] : [`  ${JSON.stringify(kind)}: {\n${lines.join(',\n')}\n  }`];
  });
  return `{\n${['  "lockVersion": 1', ...sections].join(',\n')}\n}\n`;
}

const forms: Readonly<Record<PinKind, (pin: string) => boolean>> = {
  images: isDigest,
  git: (pin) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(pin),
  http: (pin) => isDigest(pin) && pin.startsWith('sha256:'),
  recipes: (pin) => pin !== '',
};

/** Throws LOCK_INVALID, which names the member at fault. */
export function parseLockFile(text: string, name: string): LockFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(name, 'it is not JSON', cause);
  }
  if (!isObject(value)) throw invalid(name, 'it is not an object');
  if (value.lockVersion !== 1)
    throw invalid(name, `lockVersion is ${JSON.stringify(value.lockVersion)}, and this version knows 1`);
  const unknown = Object.keys(value).find(
    (key) => key !== 'lockVersion' && !(pinKinds as readonly string[]).includes(key),
  );
  if (unknown !== undefined) throw invalid(name, `there is no section ${JSON.stringify(unknown)}`);
  const lock: Record<string, unknown> = { lockVersion: 1 };
  for (const kind of pinKinds) {
    const pins = value[kind] ?? {};
    if (!isObject(pins)) throw invalid(name, `${kind} is not an object`);
    for (const [key, pin] of Object.entries(pins))
      if (typeof pin !== 'string' || !forms[kind](pin))
        throw invalid(name, `${kind}[${JSON.stringify(key)}] is not a pin`);
    lock[kind] = pins;
  }
  return lock as unknown as LockFile; // every member was checked above
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(name: string, fault: string, cause?: unknown): LadingError {
  return new LadingError('LOCK_INVALID', `Cannot use the lock file ${name}: ${fault}`, {
    hint: 'Restore it from version control, or delete it and run "lading lock".',
    cause,
  });
}

/** Undefined when there is none. Throws LOCK_INVALID, FILE_UNREADABLE. */
export async function readLockFile(path: string): Promise<LockFile | undefined> {
  try {
    return parseLockFile(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof LadingError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LadingError('FILE_UNREADABLE', `Cannot read the lock file ${path}`, { cause: error });
  }
}

/** Replaces the file in one step. */
export async function writeLockFile(path: string, lock: LockFile): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, formatLockFile(lock));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
