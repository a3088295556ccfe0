import type { Io } from '@lading/bytes';
import { type Dockerfile, parseDockerfile, type Stage } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { type Digest, hostPlatform } from '@lading/oci';
import { globalScope } from '../dockerfile/scope.ts';
import { defaultEpoch } from '../epoch.ts';
import { openInputs } from '../inputs.ts';
import { lockPathOf } from '../recipe/lock.ts';
import type { BuildEnvironment, BuildRequest } from '../request.ts';
import { parseGitAddress } from '../source/git/git-address.ts';
import type { Remotes } from '../source/remotes.ts';
import { contextSources, type ExternalSource, externalSources } from './external-sources.ts';
import { emptyLock, imagePinName, type LockFile, type PinKind, pinKinds, writeLockFile } from './lock-file.ts';

export interface LockRequest
  extends Pick<BuildRequest, 'context' | 'file' | 'buildArgs' | 'contexts' | 'platforms' | 'limits'> {
  /** What is pinned anew: everything, or names as the lock file has them. Otherwise only what is not pinned yet. */
  readonly update?: 'all' | readonly string[] | undefined;
}

export interface LockEnvironment extends Pick<BuildEnvironment, 'cacheFolder' | 'stdin' | 'secret' | 'sshAgent'> {
  /** What an image name stands for now: the digest of its index where it has one, and the variables of its config where they are known. */
  readonly resolveImage: (
    reference: string,
    io: Io,
  ) => Promise<{ readonly digest: Digest; readonly env: readonly string[] | undefined }>;
}

export interface LockResult {
  readonly path: string;
  readonly lock: LockFile;
  /** What the file did not have, or has otherwise now; `before` is absent for the former. */
  readonly changes: readonly {
    readonly kind: PinKind;
    readonly name: string;
    readonly before?: string;
    readonly after?: string;
  }[];
}

/**
 * Writes `<Dockerfile>.lock`: every stage's images, repositories and addresses, and what named contexts bring. Pins that nothing needs any
 * more go. Throws LOCK_INVALID, DOCKERFILE_INVALID, and what resolving throws; the file is then as it was.
 */
export async function lockDockerfile(
  request: LockRequest,
  environment: LockEnvironment,
  io: Io = {},
): Promise<LockResult> {
  await using inputs = await openInputs(request, environment, io);
  if (inputs.lockPath === undefined) {
    throw new LadingError('USAGE', 'Cannot lock: the Dockerfile is no file of this machine', {
      hint: 'Check the repository out, lock there, and commit the lock file with it.',
    });
  }
  const dockerfile = parseDockerfile(inputs.dockerfile.text, { filename: inputs.dockerfile.name });
  const before = inputs.lock ?? emptyLock;
  const resolved = new Map<string, ReturnType<LockEnvironment['resolveImage']>>();
  const image = (text: string): ReturnType<LockEnvironment['resolveImage']> => {
    const found = resolved.get(text) ?? environment.resolveImage(text, io);
    resolved.set(text, found);
    return found;
  };
  const sources = await sourcesOf(dockerfile, request, async (text) => (await image(text)).env);
  const { update = [] } = request;
  noticeUnknown(update, sources);
  const pins: Record<PinKind, Record<string, string>> = { images: {}, git: {}, http: {}, recipes: {} };
  await Promise.all(
    sources.map(async (source) => {
      const { kind, name } = source;
      const old = update === 'all' || update.includes(name) ? undefined : before[kind][name];
      pins[kind][name] = old ?? (await pinOf(source, image, inputs.remotes, io));
    }),
  );
  const lock = { lockVersion: 1, ...pins } as unknown as LockFile; // each pin was made for its kind
  await writeLockFile(inputs.lockPath, lock);
  return { path: inputs.lockPath, lock, changes: changesOf(before, lock) };
}

async function sourcesOf(
  dockerfile: Dockerfile,
  { buildArgs = {}, contexts = {}, platforms = [hostPlatform()] }: LockRequest,
  environmentOf: (image: string) => Promise<readonly string[] | undefined>,
): Promise<readonly ExternalSource[]> {
  const names = new Set(Object.keys(contexts).map(nameOf));
  const isContext = (name: string): boolean => names.has(nameOf(name));
  const isReplaced = ({ name }: Stage): boolean => name !== undefined && isContext(name);
  const stages = dockerfile.stages.filter((stage) => !isReplaced(stage));
  const found = [...contextSources(contexts)];
  for (const platform of platforms) {
    const global = globalScope(dockerfile, buildArgs, platform, 'default', defaultEpoch);
    for (const source of await externalSources({ dockerfile, stages, global, buildArgs, isContext, environmentOf }))
      if (!found.some(({ kind, name }) => kind === source.kind && name === source.name)) found.push(source);
  }
  return found;
}

function nameOf(text: string): string {
  try {
    return imagePinName(text);
  } catch {
    return text;
  }
}

async function pinOf(
  { kind, text }: ExternalSource,
  image: (text: string) => Promise<{ readonly digest: Digest }>,
  remotes: Remotes,
  io: Io,
): Promise<string> {
  switch (kind) {
    case 'images':
      return (await image(text)).digest;
    case 'http':
      return (await remotes.http(text, [], io)).digest;
    case 'recipes':
      return lockPathOf(text);
    case 'git': {
      const address = parseGitAddress(text, { local: true, short: true });
      if (address === undefined) throw new Error(`${text} is no repository`);
      return (await remotes.commitOf(address, undefined, io)).commit;
    }
  }
}

function changesOf(before: LockFile, after: LockFile): LockResult['changes'] {
  return pinKinds.flatMap((kind) => {
    const names = [...new Set([...Object.keys(before[kind]), ...Object.keys(after[kind])])].sort();
    return names.flatMap((name) => {
      const [old, now] = [before[kind][name], after[kind][name]];
      if (old === now) return [];
      return [
        { kind, name, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) },
      ];
    });
  });
}

function noticeUnknown(update: 'all' | readonly string[], sources: readonly ExternalSource[]): void {
  if (update === 'all') return;
  const unknown = update.find((name) => !sources.some((source) => source.name === name));
  if (unknown === undefined) return;
  throw new LadingError('USAGE', `Cannot update ${unknown}: nothing of that name is taken in`, {
    hint:
      sources.length === 0 ? 'Nothing has to be pinned.' : `There is ${sources.map(({ name }) => name).join(', ')}.`,
  });
}
