import { LadingError } from '@lading/errors';
import { type Digest, parseDigest, parsePlatform } from '@lading/oci';
import { parseFormatProfile } from '../format-profile.ts';
import type { LockFile } from '../lock/lock-file.ts';
import { type BuilderChoices, type DockerfileParameters, dockerfileBuildType } from '../provenance/dockerfile-build.ts';
import type { Provenance, ResourceDescriptor } from '../provenance/statement.ts';
import type { BuildRequest } from '../request.ts';
import { parseGitAddress } from '../source/git/git-address.ts';

/** What provenance does not hold: it was on the builder's machine, or is secret. */
export interface RebuildInputs extends Pick<BuildRequest, 'buildArgs' | 'contexts' | 'secrets' | 'ssh' | 'workers'> {
  /** A folder or address, in the place of the one that is recorded. */
  readonly context?: string | undefined;
}

/**
 * The request that makes a recorded image again: its Dockerfile and parameters, git and http sources pinned. Throws BUILD_UNSUPPORTED for
 * what was not built from a Dockerfile or by a format profile that is unknown here, BUILD_INVALID, telling what has to be given,
 * PROVENANCE_INVALID.
 */
export function recordedRequest({ buildDefinition }: Provenance, inputs: RebuildInputs = {}): BuildRequest {
  const { buildType, externalParameters, internalParameters, resolvedDependencies } = buildDefinition;
  if (buildType !== dockerfileBuildType) {
    throw new LadingError('BUILD_UNSUPPORTED', `Cannot rebuild the image: it was built as ${buildType}`, {
      hint: `What is rebuilt here is ${dockerfileBuildType}.`,
    });
  }
  const parameters = externalParameters as DockerfileParameters;
  const { formatProfile, epoch, created } = internalParameters as BuilderChoices;
  const { dockerfile, platform } = parameters;
  if (typeof dockerfile?.content !== 'string' || typeof platform !== 'string' || !Number.isSafeInteger(epoch))
    throw new LadingError(
      'PROVENANCE_INVALID',
      'Cannot rebuild the image: its provenance lacks the Dockerfile or the time',
    );
  const { target, labels, annotations, squash, compression, mediaTypes, network, scrub } = parameters;
  const { forceCompression, inlineCache, noNewPrivileges, addHosts = [], allow = [] } = parameters;
  const context = contextOf(parameters, resolvedDependencies, inputs);
  const name = dockerfile.name ?? 'Dockerfile';
  return {
    context,
    file: isFolder(context) ? `${context}/${name}` : name,
    dockerfile: Buffer.from(dockerfile.content, 'base64'),
    contexts: contextsOf(parameters, inputs),
    pins: pinsOf(resolvedDependencies),
    buildArgs: argsOf(parameters, inputs),
    platforms: [parsePlatform(platform)],
    formatProfile: parseFormatProfile(formatProfile),
    ...{ epoch, created, target, labels, annotations, squash, compression, mediaTypes, network, scrub },
    ...{ forceCompression, inlineCache, noNewPrivileges },
    addHosts: addHosts.map((text) => {
      const equals = text.indexOf('=');
      return { name: text.slice(0, equals), address: text.slice(equals + 1) };
    }),
    allow: new Set(allow) as NonNullable<BuildRequest['allow']>,
    secrets: inputs.secrets,
    ssh: inputs.ssh,
    workers: inputs.workers,
    noCache: true,
  };
}

function isFolder(context: string): boolean {
  return context.startsWith('/');
}

function contextOf(
  { context }: DockerfileParameters,
  dependencies: readonly ResourceDescriptor[],
  { context: given }: RebuildInputs,
): string {
  if (given !== undefined) return given;
  const taken = dependencies.some((one) => kindOf(one) === 'context');
  const address = parseGitAddress(context, { local: true, short: true });
  const commit = dependencies.find((one) => kindOf(one) === 'git' && one.name === context)?.digest;
  if (address !== undefined && commit !== undefined) {
    const at = commit.sha1 ?? commit.sha256 ?? '';
    return `${address.url}#${at}${address.subdir === undefined ? '' : `:${address.subdir}`}`;
  }
  if (context !== 'local' && context !== 'stdin') return context;
  throw new LadingError(
    'BUILD_INVALID',
    `Cannot rebuild the image: its context ${context === 'stdin' ? 'came from stdin' : 'was a folder of the machine that built it'}`,
    {
      hint: taken
        ? 'Give a folder with the same files: --context FOLDER.'
        : 'It took no file of it: --context with any folder will do.',
    },
  );
}

function contextsOf({ contexts = {} }: DockerfileParameters, inputs: RebuildInputs): BuildRequest['contexts'] {
  const given = inputs.contexts ?? {};
  const lost = Object.entries(contexts).filter(([name, text]) => given[name] === undefined && isLocal(text));
  if (lost.length === 0) return { ...contexts, ...given };
  const names = lost.map(([name]) => name);
  throw new LadingError('BUILD_INVALID', `Cannot rebuild the image: it took files from ${names.join(', ')}`, {
    hint: `Say where they are now: ${names.map((name) => `--build-context ${name}=FOLDER`).join(' ')}.`,
  });
}

function isLocal(text: string): boolean {
  return text === 'local' || /^(?:oci-layout|recipe):/.test(text);
}

function argsOf(
  { buildArgs, redactedBuildArgs = [] }: DockerfileParameters,
  inputs: RebuildInputs,
): BuildRequest['buildArgs'] {
  const lost = redactedBuildArgs.filter((name) => inputs.buildArgs?.[name] === undefined);
  if (lost.length === 0) return { ...buildArgs, ...inputs.buildArgs };
  throw new LadingError(
    'BUILD_INVALID',
    `Cannot rebuild the image: provenance leaves out the values of ${lost.join(', ')}, which look secret`,
    { hint: `Give them again: ${lost.map((name) => `--build-arg ${name}=…`).join(' ')}.` },
  );
}

export function kindOf({ annotations }: ResourceDescriptor): string | undefined {
  return annotations?.kind as string | undefined;
}

function pinsOf(dependencies: readonly ResourceDescriptor[]): LockFile {
  const pins = (kind: string, text: (digest: Readonly<Record<string, string>>) => string): Record<string, string> =>
    Object.fromEntries(
      dependencies.filter((one) => kindOf(one) === kind).map(({ name = '', digest = {} }) => [name, text(digest)]),
    );
  return {
    lockVersion: 1,
    images: {},
    git: pins('git', ({ sha1, sha256 }) => sha1 ?? sha256 ?? ''),
    http: pins('http', ({ sha256 }) => parseDigest(`sha256:${sha256}`)) as Readonly<Record<string, Digest>>,
    recipes: {},
  };
}
