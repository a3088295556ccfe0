import { LadingError } from '@lading/errors';
import type { Image, Layer } from '@lading/image';
import { type ResolvedUser, readSnapshotText, resolveUser, type Snapshot } from '@lading/runtime';
import { type BuildpackDescriptor, buildpackFolder, parseBuildpack } from './descriptor.ts';
import { inheritedVariables, type Variables } from './environment.ts';
import { type GroupElement, type Order, parseOrder } from './order.ts';
import type { PhaseSession } from './phase-session.ts';
import type { BuildpackSource } from './sources.ts';
import { parseToml, tablesAt, textAt, textsAt } from './toml.ts';

/** The image that buildpacks run in, with the buildpacks that were brought along (platform API §build image). */
export interface BuildImage {
  readonly layers: readonly Layer[];
  readonly snapshot: Snapshot;
  /** Who buildpacks run as. */
  readonly user: ResolvedUser;
  /** Those that buildpacks see. */
  readonly variables: Variables;
  /** Finds a component or composite by ID and version. Throws BUILDPACK_INVALID. */
  lookup(wanted: Pick<GroupElement, 'id' | 'version'>): Promise<BuildpackDescriptor>;
  /** The text of a file, empty where there is none. */
  text(path: string): Promise<string>;
}

export interface RunImageNames {
  readonly image: string;
  readonly mirrors: readonly string[];
}

export async function openBuildImage(
  session: PhaseSession,
  image: Image,
  sources: readonly BuildpackSource[],
): Promise<BuildImage> {
  const layers = [...image.layers, ...sources.flatMap((source) => source.layers)];
  const snapshots = await session.snapshots();
  const open = layers.map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed(session) }));
  const snapshot = await snapshots.ensure(open, session);
  const text = (path: string) => readSnapshotText(snapshot, path);
  const env = image.config.config?.Env ?? [];
  const versions = versionsIn(image);
  const found = new Map<string, BuildpackDescriptor>();

  return {
    layers,
    snapshot,
    text,
    variables: inheritedVariables(env),
    user: await userOf(image, text),
    async lookup({ id, version: wanted }) {
      const known = [
        ...sources.filter((source) => source.id === id).map((source) => source.version),
        ...(versions.get(id) ?? []),
      ];
      const version = wanted === '' ? (new Set(known).size === 1 ? (known[0] ?? '') : '') : wanted;
      const name = `${id}@${version}`;
      const descriptor = found.get(name) ?? (await read(id, version, text, known));
      found.set(name, descriptor);
      return descriptor;
    },
  };
}

async function read(
  id: string,
  version: string,
  text: BuildImage['text'],
  known: readonly string[],
): Promise<BuildpackDescriptor> {
  const what = `buildpack.toml of ${id}${version === '' ? '' : ` ${version}`}`;
  const content = version === '' ? '' : await text(`${buildpackFolder({ id, version })}/buildpack.toml`);
  if (content !== '') return parseBuildpack(content, what);
  const versions = [...new Set(known)];
  throw new LadingError(
    'BUILDPACK_INVALID',
    `Cannot find buildpack ${id}${version === '' ? '' : ` ${version}`}: it is neither in the build image nor given`,
    { hint: versions.length === 0 ? 'Give it with --buildpack.' : `There is ${versions.join(', ')}; say which.` },
  );
}

/** `CNB_USER_ID` and `CNB_GROUP_ID` win over what passwd says of the image's user. */
async function userOf({ config }: Image, text: BuildImage['text']): Promise<ResolvedUser> {
  const idOf = (name: string) => /^\d+$/.exec(variable(config.config?.Env, name) ?? '')?.[0];
  const [uid, gid] = [idOf('CNB_USER_ID'), idOf('CNB_GROUP_ID')];
  const name = config.config?.User ?? uid ?? '';
  const user = resolveUser(name, await text('/etc/passwd'), await text('/etc/group'));
  return { ...user, uid: Number(uid ?? user.uid), gid: Number(gid ?? user.gid) };
}

export function variable(env: readonly string[] | undefined, name: string): string | undefined {
  return env?.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Of a builder: the versions of each buildpack in it. */
function versionsIn({ config }: Image): ReadonlyMap<string, readonly string[]> {
  const label = labelOf(config.config?.Labels, 'io.buildpacks.buildpack.layers');
  return new Map(Object.entries(label ?? {}).map(([id, versions]) => [id, Object.keys(versions as object)]));
}

/** The order of a builder, undefined for an image that has none. */
export async function orderOf(build: BuildImage): Promise<Order | undefined> {
  const text = await build.text('/cnb/order.toml');
  return text === '' ? undefined : parseOrder(text, 'order.toml of the build image');
}

/** The run images that a builder names, the first being its choice: run.toml, else stack.toml, else its label. */
export async function runImagesOf(build: Pick<BuildImage, 'text'>, image: Image): Promise<readonly RunImageNames[]> {
  const [run, stack] = [await build.text('/cnb/run.toml'), await build.text('/cnb/stack.toml')];
  if (run !== '') {
    const what = 'run.toml of the build image';
    const tables = tablesAt(parseToml(run, what), 'images', what);
    return tables.map((table) => ({
      image: textAt(table, 'image', what) ?? '',
      mirrors: textsAt(table, 'mirrors', what),
    }));
  }
  if (stack !== '') {
    const table = parseToml(stack, 'stack.toml of the build image')['run-image'] as {
      image?: string;
      mirrors?: string[];
    };
    if (table?.image !== undefined) return [{ image: table.image, mirrors: table.mirrors ?? [] }];
  }
  return runImagesInLabel(image);
}

/** Of a builder's label alone: nothing has to be unpacked for it. */
export function runImagesInLabel({ config }: Image): readonly RunImageNames[] {
  const label = builderMetadata(config.config?.Labels);
  const images = label?.images ?? (label?.stack?.runImage === undefined ? [] : [label.stack.runImage]);
  return images.flatMap(({ image, mirrors }) => (image === undefined ? [] : [{ image, mirrors: mirrors ?? [] }]));
}

interface BuilderMetadata {
  readonly images?: readonly { readonly image?: string; readonly mirrors?: readonly string[] | null }[];
  readonly stack?: { readonly runImage?: { readonly image?: string; readonly mirrors?: readonly string[] | null } };
  readonly lifecycle?: {
    readonly version?: string;
    readonly apis?: { readonly platform?: { readonly supported?: readonly string[] } };
  };
}

export function builderMetadata(labels: Readonly<Record<string, string>> | undefined): BuilderMetadata | undefined {
  return labelOf(labels, 'io.buildpacks.builder.metadata') as BuilderMetadata | undefined;
}

/** A label that holds a JSON object. Throws BUILDPACK_INVALID for one that does not. */
export function labelOf(
  labels: Readonly<Record<string, string>> | undefined,
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const text = labels?.[name];
  if (text === undefined || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new LadingError('BUILDPACK_INVALID', `Cannot read the label ${name}: it is not a JSON object`, {
    hint: 'The image was not made by a buildpacks platform, or its labels were changed.',
  });
}
