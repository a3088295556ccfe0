import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ignorePatterns } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { type Image, type Layer, openArchive, openImage } from '@lading/image';
import { parseReference } from '@lading/oci';
import { openLocalContext } from '../context/local-context.ts';
import { defaultEpoch } from '../epoch.ts';
import { digestSet } from '../materials.ts';
import { watchTaken } from '../provenance/watch-taken.ts';
import type { BuildEnvironment } from '../request.ts';
import { buildpackFolder, parseBuildpack } from './descriptor.ts';
import { entriesBelow, filesOf, folderEntry } from './folder-entries.ts';
import { cachedLayer, filesKey, inPhase, type PhaseSession } from './phase-session.ts';

/** Buildpacks that were brought along: layers that hold them below /cnb/buildpacks, to lie on the build image. */
export interface BuildpackSource {
  /** The one that was asked for; it may be a composite of others in the layers. */
  readonly id: string;
  readonly version: string;
  readonly layers: readonly Layer[];
  close(): Promise<void>;
}

const root = { uid: 0, gid: 0 };

/**
 * Opens what `--buildpack` names: a folder with a buildpack.toml, a buildpackage in an archive (`.cnb`, or what `docker save` writes),
 * else the name of a buildpackage image (distribution API §artifact format). Throws BUILDPACK_INVALID, FILE_NOT_FOUND, and what opening
 * archives and images throws.
 */
export async function openBuildpack(
  session: PhaseSession,
  name: string,
  environment: Pick<BuildEnvironment, 'resolveBase'>,
): Promise<BuildpackSource> {
  const path = resolve(name);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return openFolder(session, path);
  if (found?.isFile()) return openPackageFile(session, path);
  if (found === undefined && /^\.{0,2}\/|\.(cnb|tar|tgz)$/.test(name)) {
    throw new LadingError('FILE_NOT_FOUND', `Cannot open buildpack ${name}: it does not exist`, {
      hint: 'Give a folder with a buildpack.toml, a .cnb file, or the name of a buildpackage image.',
    });
  }
  const reference = parseReference(name.replace(/^docker:\/\//, ''));
  const image = await environment.resolveBase(name.replace(/^docker:\/\//, ''), session.platform, session);
  return packageOf(image, reference.repository, async () => {});
}

async function openFolder(session: PhaseSession, folder: string): Promise<BuildpackSource> {
  const file = join(folder, 'buildpack.toml');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new LadingError('BUILDPACK_INVALID', `Cannot use ${folder} as a buildpack: it has no buildpack.toml`, {
      hint: 'Name the folder that holds buildpack.toml and bin/.',
      cause,
    });
  });
  const { id, version } = parseBuildpack(text, `buildpack.toml of ${basename(folder)}`);
  const name = `${id}@${version}`;
  const taken = watchTaken(await openLocalContext({ folder, ignore: ignorePatterns([]), epoch: defaultEpoch }));
  const { source } = taken;
  const files = await filesOf(source);
  const target = buildpackFolder({ id, version }).slice(1);
  const { layer } = await inPhase(session, `add ${name}`, async (step) =>
    cachedLayer(step, await filesKey(step, source, files, { buildpack: target }), async function* () {
      const parts = target.split('/');
      for (const [index] of parts.entries()) yield folderEntry(parts.slice(0, index + 1).join('/'), root);
      yield* entriesBelow(target, source, files, root, session);
    }),
  );
  const material = taken.material(name, `local:${name}`);
  if (material !== undefined) session.materials.add(material);
  return { id, version, layers: [layer], close: async () => {} };
}

async function openPackageFile({ platform, materials }: PhaseSession, path: string): Promise<BuildpackSource> {
  const archive = await openArchive(path);
  try {
    const [first] = archive.images;
    if (first === undefined) throw notAPackage(basename(path), 'it holds no image');
    const image = await openImage(archive.repository, first.descriptor, {
      ...(archive.images.length > 1 ? { platform } : {}),
    });
    const name = basename(path);
    materials.add({ kind: 'image', name, uri: `local:${name}`, digest: digestSet(image.descriptor.digest) });
    return packageOf(image, name, () => archive.close());
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Throws BUILDPACK_INVALID for an image that is no buildpackage. */
function packageOf({ config, layers }: Image, name: string, close: () => Promise<void>): BuildpackSource {
  const label = config.config?.Labels?.['io.buildpacks.buildpackage.metadata'];
  if (label === undefined) throw notAPackage(name, 'it has no label io.buildpacks.buildpackage.metadata');
  try {
    const { id, version } = JSON.parse(label) as { id?: unknown; version?: unknown };
    if (typeof id === 'string' && typeof version === 'string') return { id, version, layers, close };
  } catch {
    // Falls through to the same message.
  }
  throw notAPackage(name, 'its label io.buildpacks.buildpackage.metadata names no buildpack');
}

function notAPackage(name: string, fault: string): LadingError {
  return new LadingError('BUILDPACK_INVALID', `Cannot use ${name} as a buildpack: ${fault}`, {
    hint: 'Package buildpacks with "pack buildpack package", or give their folder.',
  });
}
