import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import type { Recipe } from './recipe.ts';

/**
 * What a recipe resolved to, so that it does so again: every package with its hash, by architecture. Which host served them is
 * not in it. It is JSON with sorted keys and packages, one package a line, made to be committed and read in a diff.
 */
export interface Lock {
  readonly lockVersion: 1;
  readonly distro: string;
  readonly suite: string;
  /** Says which recipe it answers: `sha256:` over what of a recipe decides about packages. */
  readonly recipe: string;
  /** Seconds since 1970: the newest Date of the Release files. Files in the image are not newer than this. */
  readonly epoch: number;
  readonly packages: Readonly<Record<string, readonly LockedPackage[]>>;
}

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** The source package, where it has another name. */
  readonly origin?: string | undefined;
  /** `all` for packages of every architecture; Alpine has none such. */
  readonly architecture: string;
  /** The archive's suite that it is in, such as `bookworm-security`; Alpine's repository, such as `v3.20/main`. */
  readonly suite: string;
  /** Below the archive's root; of Alpine, below the repository's. */
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Of Alpine: what its index, and apk, know the package by: `Q1` and base64 of a SHA-1 of its control part. */
  readonly checksum?: string | undefined;
}

/** Where the lock of a recipe file lies: `image.yaml` → `image.lock`. */
export function lockPathOf(recipePath: string): string {
  return recipePath.replace(/\.(?:ya?ml|json)$/i, '').concat('.lock');
}

/**
 * What of a recipe decides about packages, as a digest. Two recipes that differ only in mirrors, keyrings, files, accounts or
 * settings share a lock.
 */
export function recipeDigest(recipe: Recipe): string {
  const { distro, suite, components, packages, architectures, variant, essential, shell } = recipe;
  // Whole repositories have no suite that would name them.
  const repositories = recipe.repositories.map(pathOf);
  const inputs = JSON.stringify([
    distro,
    suite,
    components,
    packages,
    architectures.toSorted(),
    variant,
    essential,
    shell,
    ...(repositories.length === 0 ? [] : [repositories]),
  ]);
  return `sha256:${createHash('sha256').update(inputs).digest('hex')}`;
}

/** The path of a repository's URI: hosts are not part of a lock. */
function pathOf(uri: string): string {
  return new URL(uri).pathname;
}

/** Whether the lock answers this recipe. */
export function lockFits(lock: Lock, recipe: Recipe): boolean {
  return lock.recipe === recipeDigest(recipe);
}

export function formatLock(lock: Lock): string {
  const architectures = Object.keys(lock.packages)
    .toSorted()
    .map((architecture) => {
      const packages = (lock.packages[architecture] ?? []).map(
        ({ name, version, origin, architecture, suite, filename, size, sha256, checksum }) =>
          `      ${JSON.stringify({ name, version, origin, architecture, suite, filename, size, sha256, checksum })}`,
      );
      const list = packages.length === 0 ? '[]' : `[\n${packages.join(',\n')}\n    ]`;
      return `    ${JSON.stringify(architecture)}: ${list}`;
    });
  const head = ['lockVersion', 'distro', 'suite', 'recipe', 'epoch'] as const;
  const lines = head.map((key) => `  ${JSON.stringify(key)}: ${JSON.stringify(lock[key])},\n`);
  return `{\n${lines.join('')}  "packages": {\n${architectures.join(',\n')}\n  }\n}\n`;
}

/** Throws RECIPE_INVALID. */
export function parseLock(text: string, name = 'image.lock'): Lock {
  const invalid = (fault: string): LadingError =>
    new LadingError('RECIPE_INVALID', `Cannot use lock file ${name}: ${fault}`, {
      hint: 'Delete it, or restore it from version control, and lock again.',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LadingError('RECIPE_INVALID', `Cannot use lock file ${name}: it is not JSON`, {
      hint: 'It may be cut off or hold a merge conflict. Delete it and lock again.',
      cause,
    });
  }
  if (!isObject(value)) throw invalid('it is not an object');
  if (value.lockVersion !== 1)
    throw invalid(`lockVersion is ${JSON.stringify(value.lockVersion)}, and this version knows 1`);
  for (const key of ['distro', 'suite', 'recipe'])
    if (typeof value[key] !== 'string') throw invalid(`${key} is not text`);
  if (!Number.isSafeInteger(value.epoch) || Number(value.epoch) < 0) throw invalid('epoch is not a number of seconds');
  if (!isObject(value.packages)) throw invalid('packages is not an object');
  for (const [architecture, list] of Object.entries(value.packages)) {
    if (!Array.isArray(list)) throw invalid(`packages.${architecture} is not a list`);
    for (const [index, item] of list.entries()) {
      const fault = faultOf(item);
      if (fault !== undefined) throw invalid(`packages.${architecture}[${index}]: ${fault}`);
    }
  }
  return value as unknown as Lock; // every member was checked above
}

function faultOf(item: unknown): string | undefined {
  if (!isObject(item)) return 'it is not an object';
  if (typeof item.name !== 'string' || !/^[A-Za-z0-9.][A-Za-z0-9+._-]*$/.test(item.name))
    return 'name is not a package name';
  for (const key of ['version', 'architecture', 'suite', 'filename']) {
    if (typeof item[key] !== 'string' || item[key] === '') return `${key} is not text`;
  }
  for (const key of ['origin', 'checksum']) {
    if (item[key] !== undefined && typeof item[key] !== 'string') return `${key} is not text`;
  }
  const filename = String(item.filename);
  if (filename.startsWith('/') || filename.split('/').includes('..')) return 'filename leads out of the archive';
  if (!Number.isSafeInteger(item.size) || Number(item.size) < 0) return 'size is not a number of bytes';
  if (typeof item.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(item.sha256)) return 'sha256 is not a hash';
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The lock in a file, or undefined when there is none. Throws RECIPE_INVALID. */
export async function readLock(path: string): Promise<Lock | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return parseLock(text, path);
}

/** Replaces the file in one step. */
export async function writeLock(path: string, lock: Lock): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, formatLock(lock));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
