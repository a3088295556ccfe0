import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { collect } from '@lading/bytes';
import { readTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import { type AssembleOptions, assembleRootfs, type RootFilesystem, type RootfsLayer } from '../recipe/assemble.ts';
import type { Lock } from '../recipe/lock.ts';
import { lockRecipe } from '../recipe/lock-recipe.ts';
import { parseRecipe } from '../recipe/read-recipe.ts';
import type { Recipe } from '../recipe/recipe.ts';
import {
  type AlpineKey,
  buildAlpineRepository,
  createAlpineKey,
  type SampleAlpinePackage,
  sampleAlpinePackages,
} from './alpine-archive.ts';
import {
  buildArchive,
  createSigningKey,
  type SampleArchiveOptions,
  type SampleMirror,
  type SamplePackage,
  type SigningKey,
  samplePackages,
  serveArchive,
  writeKeyring,
} from './package-archive.ts';

/** An archive that is served, a keyring, a cache: what a test of a recipe needs. */
export interface Workbench {
  readonly folder: string;
  readonly cacheFolder: string;
  readonly mirror: SampleMirror;
  readonly key: SigningKey;
  /** A recipe of the sample archive: more lines of YAML after `packages`. */
  recipe(packages: string, more?: string): Promise<Recipe>;
  lock(recipe: Recipe, options?: { allowExpired?: boolean; signal?: AbortSignal }): Promise<Lock>;
  assemble(recipe: Recipe, lock: Lock, options?: Partial<AssembleOptions>): Promise<RootFilesystem>;
  /** What lies in the cache but verified files: must be nothing after any outcome. */
  leftovers(): Promise<string[]>;
}

/** One key for all tests of a process: making one takes time. */
let sharedKey: Promise<SigningKey> | undefined;

export function sampleKey(): Promise<SigningKey> {
  sharedKey ??= createSigningKey();
  return sharedKey;
}

export async function workbench(
  t: TestContext,
  packages: readonly SamplePackage[] = samplePackages,
  options: SampleArchiveOptions = {},
): Promise<Workbench> {
  const folder = await temporaryFolder(t);
  const key = await sampleKey();
  const keyring = await writeKeyring(folder, key);
  const mirror = await serveArchive(t, await buildArchive(packages, key, options));
  const cacheFolder = join(folder, 'cache');
  const common = { cacheFolder, retryDelaysMs: [1, 1], idleTimeoutMs: 2000, aptFolder: join(folder, 'no-apt') };
  return {
    folder,
    cacheFolder,
    mirror,
    key,
    recipe: (names, more = '') =>
      parseRecipe(
        `distro: debian\nsuite: trusty\narchitectures: [amd64]\nmirror: ${mirror.uri}\nkeyring: ${keyring}\npackages: ${names}\n${more}`,
        { folder },
      ),
    lock: (recipe, more) => lockRecipe(recipe, { ...common, ...more }),
    assemble: (recipe, lock, more) => assembleRootfs(recipe, lock, { ...common, ...more }),
    leftovers: async () => {
      const names = await readdir(cacheFolder, { recursive: true }).catch(() => []);
      return names.filter((name) => /^(?:partial|work)\/./.test(name));
    },
  };
}

/** An entry of a layer as one line, and its content. */
export interface Listed {
  readonly line: string;
  readonly content: string;
}

/** The entries of all layers by path, those of upper layers over those of lower ones. */
export async function listLayer(
  root: RootFilesystem,
  layers: readonly RootfsLayer[] = root.layers,
): Promise<Map<string, Listed>> {
  const listed = new Map<string, Listed>();
  for (const layer of layers) {
    for await (const entry of readTar(layer.tar())) {
      const content = await collect(entry.content, { maxBytes: 8 << 20, what: entry.path });
      const link = entry.linkPath === undefined ? '' : ` -> ${entry.linkPath}`;
      const line = `${entry.type} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}${link}`;
      listed.set(entry.path, { line, content: content.toString('utf8') });
    }
  }
  return listed;
}

/** A repository of Alpine packages that is served for two architectures, with the folder of its key. */
export interface AlpineBench
  extends Pick<Workbench, 'folder' | 'cacheFolder' | 'mirror' | 'assemble' | 'lock' | 'recipe'> {
  readonly key: AlpineKey;
  readonly keyFolder: string;
}

let sharedAlpineKey: AlpineKey | undefined;

export async function apkWorkbench(
  t: TestContext,
  packages: readonly SampleAlpinePackage[] = sampleAlpinePackages,
): Promise<AlpineBench> {
  const folder = await temporaryFolder(t);
  sharedAlpineKey ??= createAlpineKey();
  const key = sharedAlpineKey;
  const keyFolder = join(folder, 'keys');
  await mkdir(keyFolder);
  await writeFile(join(keyFolder, key.name), key.publicPem);
  const files = new Map<string, Buffer>();
  for (const arch of ['x86_64', 'aarch64']) {
    for (const [path, data] of await buildAlpineRepository(packages, key, arch)) files.set(`v3.20/main/${path}`, data);
  }
  const mirror = await serveArchive(t, files);
  const cacheFolder = join(folder, 'cache');
  const common = { cacheFolder, retryDelaysMs: [1, 1], idleTimeoutMs: 2000, apkFolder: join(folder, 'no-apk') };
  return {
    folder,
    cacheFolder,
    mirror,
    key,
    keyFolder,
    recipe: (names, more = '') =>
      parseRecipe(
        `distro: alpine\nsuite: v3.20\ncomponents: [main]\n${/^architectures:/m.test(more) ? '' : 'architectures: [amd64]\n'}mirror: ${mirror.uri}\nkeyring: ${keyFolder}\npackages: ${names}\n${more}`,
        { folder },
      ),
    lock: (recipe, more) => lockRecipe(recipe, { ...common, ...more }),
    assemble: (recipe, lock, more) => assembleRootfs(recipe, lock, { ...common, ...more }),
  };
}
