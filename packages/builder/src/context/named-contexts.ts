import { resolve } from 'node:path';
import { LadingError } from '@lading/errors';
import { copy, type Image, openImage } from '@lading/image';
import { familiarReference, formatPlatform, hexOf, type Platform, parseReference } from '@lading/oci';
import { openOciLayout, type Repository } from '@lading/store';
import type { FileSource } from '../file-source.ts';
import type { Pins } from '../lock/pins.ts';
import { digestSet, type Materials } from '../materials.ts';
import type { ResolveContext } from '../request.ts';
import { withoutCredentials } from '../source/git/git-address.ts';
import { downloadedFile } from '../source/http/downloaded-file.ts';
import { addressName } from '../source/http/file-name.ts';
import { gitMaterial, type Remotes } from '../source/remotes.ts';
import { type NamedAddress, parseNamedAddress } from './context-address.ts';
import { openLocalContext } from './local-context.ts';
import { openArchiveContext } from './open-context.ts';
import { readIgnoreFile } from './read-ignore-file.ts';

/** What `--build-context NAME=…` puts in the place of a stage, a base image, or what `--from` names. */
export type NamedContext =
  /** An image, or none: `scratch`. */
  | { readonly kind: 'image'; image(platform: Platform): Promise<Image | undefined> }
  | { readonly kind: 'files'; files(): Promise<FileSource> };

export interface NamedContextsOptions {
  readonly contexts: Readonly<Record<string, string>>;
  /** Of the build context, where it is one of this machine: what the recipe of a FROM is relative to. */
  readonly folder: string | undefined;
  readonly output: Repository;
  readonly remotes: Remotes;
  readonly pins: Pins;
  readonly materials: Materials;
  readonly epoch: number;
  readonly image: (reference: string, platform: Platform) => Promise<Image>;
  /** For addresses of kinds that the builder does not know. */
  readonly resolveOther: ResolveContext | undefined;
  readonly archives: Parameters<typeof openArchiveContext>[2];
}

/** Names that mean something of their own. */
const reserved: ReadonlySet<string> = new Set(['context', 'scratch']);

/** Named contexts by name, each opened once, when it is first needed. Close them. */
export class NamedContexts implements AsyncDisposable {
  readonly #options: NamedContextsOptions;
  readonly #contexts = new Map<string, NamedContext>();
  readonly #closers: (() => Promise<void>)[] = [];

  /** Throws USAGE for names and addresses that cannot be. */
  constructor(options: NamedContextsOptions) {
    this.#options = options;
    for (const [name, text] of Object.entries(options.contexts)) {
      const key = keyOf(name);
      if (key === undefined || reserved.has(name)) {
        throw new LadingError(
          'USAGE',
          `Cannot use --build-context ${name}: ${reserved.has(name) ? 'the name has a meaning of its own' : 'it is not the name of a stage or an image'}`,
        );
      }
      this.#contexts.set(key, this.#open(name, text, parseNamedAddress(name, text)));
    }
  }

  /** As BuildKit compares names: `alpine`, `alpine:latest` and `docker.io/library/alpine` are one. */
  get(name: string): NamedContext | undefined {
    const recipe = /^recipe:(.+\.ya?ml)$/.exec(name)?.[1];
    if (recipe !== undefined) return this.#recipe(name, recipe);
    const key = this.#contexts.size === 0 ? undefined : keyOf(name);
    return key === undefined ? undefined : this.#contexts.get(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  /** `FROM recipe:base.yaml`: a context without a name of its own. */
  #recipe(name: string, path: string): NamedContext {
    const { folder } = this.#options;
    if (folder === undefined) {
      throw new LadingError(
        'BUILD_UNSUPPORTED',
        `Cannot build from ${name}: the context is no folder of this machine`,
        {
          hint: 'Give the recipe a name with --build-context NAME=recipe:FILE.',
        },
      );
    }
    const open = (): NamedContext =>
      this.#open(name, name, { kind: 'other', scheme: 'recipe', path: resolve(folder, path) });
    const opened = this.#contexts.get(name) ?? open();
    this.#contexts.set(name, opened);
    return opened;
  }

  #open(name: string, text: string, address: NamedAddress): NamedContext {
    const images = new Map<string, Promise<Image | undefined>>();
    const image = (open: (platform: Platform) => Promise<Image | undefined>): NamedContext => ({
      kind: 'image',
      image(platform) {
        const key = formatPlatform(platform);
        const opened = images.get(key) ?? open(platform);
        images.set(key, opened);
        return opened;
      },
    });
    let files: Promise<FileSource> | undefined;
    const source = (open: () => Promise<FileSource>): NamedContext => ({
      kind: 'files',
      files() {
        files ??= open();
        return files;
      },
    });
    const label = `the context ${name}`;
    const { remotes, pins, materials, epoch, archives } = this.#options;
    switch (address.kind) {
      case 'image':
        return image(async (platform) =>
          address.reference === 'scratch' ? undefined : this.#options.image(address.reference, platform),
        );
      case 'layout':
        return image((platform) => this.#fromLayout(address, platform));
      case 'other':
        return image((platform) => this.#fromOther(name, text, address, platform));
      case 'folder':
        return source(async () =>
          openLocalContext({ folder: address.path, name: label, epoch, ignore: await readIgnoreFile(address.path) }),
        );
      case 'git':
        return source(async () => {
          const shown = withoutCredentials(address.text);
          const { files: fetched, commit } = await remotes.git(
            address.address,
            label,
            pins.git(address.text, address.address),
            archives,
          );
          materials.add(gitMaterial(shown, address.address, commit));
          return fetched.files(label, epoch);
        });
      case 'http':
        return source(async () => {
          const { url } = address;
          const shown = withoutCredentials(url);
          const pin = pins.http(url, undefined);
          const download = await remotes.http(url, pin === undefined ? [] : [pin], archives);
          materials.add({ kind: 'http', name: shown, uri: shown, digest: { sha256: hexOf(download.digest) } });
          const opened = await openArchiveContext(download.path, shown, archives);
          if (opened === undefined) return downloadedFile(download, addressName(url) ?? download.name ?? 'context');
          this.#closers.push(() => opened.close());
          return opened.files(label, epoch);
        });
    }
  }

  async #fromLayout({ path, tag, digest }: NamedAddress & { kind: 'layout' }, platform: Platform): Promise<Image> {
    const { output, archives } = this.#options;
    const layout = await openOciLayout(path);
    const found = await openImage(layout, digest ?? tag ?? (await onlyTag(layout)), {
      platform,
      signal: archives.signal,
    });
    // Its layers go into images of the output: what is there already is not moved.
    await copy(layout, output, { from: found.descriptor.digest, signal: archives.signal });
    return openImage(output, found.descriptor.digest, { platform, signal: archives.signal });
  }

  async #fromOther(
    name: string,
    text: string,
    { scheme, path }: NamedAddress & { kind: 'other' },
    platform: Platform,
  ): Promise<Image> {
    const { resolveOther, pins, materials, archives } = this.#options;
    if (resolveOther !== undefined) {
      const options = { locked: pins.locked, signal: archives.signal };
      const { image, materials: own } = await resolveOther(`${scheme}:${path}`, platform, options);
      for (const material of own) materials.add(material);
      const digest = digestSet(image.descriptor.digest);
      materials.add({ kind: 'recipe', name: text, uri: text, digest, platform: formatPlatform(platform) });
      return image;
    }
    throw new LadingError(
      'BUILD_UNSUPPORTED',
      `Cannot use --build-context ${name}=${text}: nothing here builds recipes`,
    );
  }
}

/** Without a tag, the layout's `latest`, else its only tag. */
async function onlyTag(layout: Repository): Promise<string> {
  const tags: string[] = [];
  for await (const tag of layout.references.tags()) tags.push(tag);
  const [only, ...others] = tags;
  return only === undefined || (others.length > 0 && !tags.includes('latest')) || tags.includes('latest')
    ? 'latest'
    : only;
}

function keyOf(name: string): string | undefined {
  try {
    return familiarReference(parseReference(name, { defaultTag: null })).replace(/:latest$/, '');
  } catch {
    return undefined;
  }
}
