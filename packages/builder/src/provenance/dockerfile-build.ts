import { isSecretName } from '@lading/dockerfile';
import { digestOf, formatPlatform } from '@lading/oci';
import { digestSet, type Material } from '../materials.ts';
import type { BuildRequest, BuildResult, BuiltImage } from '../request.ts';
import { withoutCredentials } from '../source/git/git-address.ts';
import type { BuildDefinition, ResourceDescriptor } from './statement.ts';

/** The build of a Dockerfile; docs/provenance.md says what its parameters mean. */
export const dockerfileBuildType = 'https://lading.example.org/build/dockerfile/v1';

/** Parameters of a build as its provenance has them. What is absent was not said. */
export interface DockerfileParameters {
  /** `local` for a folder of the builder's machine, `stdin`, else the address without credentials. */
  readonly context: string;
  /** Its path in the context, its digest and its text. */
  readonly dockerfile: ResourceDescriptor;
  readonly target?: string | undefined;
  readonly platform: string;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** Names of build arguments whose values look secret: an image cannot be rebuilt without being told them. */
  readonly redactedBuildArgs?: readonly string[] | undefined;
  /** By name: the address without credentials, `local` for a folder of the builder's machine. */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
  readonly labels?: BuildRequest['labels'];
  readonly annotations?: BuildRequest['annotations'];
  readonly squash?: BuildRequest['squash'];
  readonly compression?: BuildRequest['compression'];
  readonly forceCompression?: boolean | undefined;
  readonly mediaTypes?: BuildRequest['mediaTypes'];
  readonly inlineCache?: boolean | undefined;
  readonly network?: BuildRequest['network'];
  /** `name=address`. */
  readonly addHosts?: readonly string[] | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly noNewPrivileges?: boolean | undefined;
  readonly scrub?: readonly string[] | undefined;
  /** Ids of secrets and agents that steps could use. */
  readonly secrets?: readonly string[] | undefined;
  readonly ssh?: readonly string[] | undefined;
}

/** What the builder has to choose again for the same bytes. */
export interface BuilderChoices {
  readonly formatProfile: string;
  /** Seconds since 1970, both. */
  readonly epoch: number;
  readonly created?: number | undefined;
}

/** The definition of the build of one image of a result. It holds no secret, and nothing of the machine or the time. */
export function dockerfileBuild(
  request: BuildRequest,
  result: BuildResult,
  image: Pick<BuiltImage, 'platform'>,
): BuildDefinition {
  const platform = formatPlatform(image.platform);
  return {
    buildType: dockerfileBuildType,
    externalParameters: parametersOf(request, result, platform),
    internalParameters: choicesOf(result),
    resolvedDependencies: result.materials.map(dependencyOf),
  };
}

export function choicesOf({ formatProfile, epoch, created }: BuildResult): BuilderChoices {
  return { formatProfile, epoch, created };
}

export function dependencyOf({ name, uri, digest, kind, platform }: Material): ResourceDescriptor {
  return { name, uri, digest, annotations: { kind, ...(platform === undefined ? {} : { platform }) } };
}

function parametersOf(request: BuildRequest, result: BuildResult, platform: string): DockerfileParameters {
  const { path = 'Dockerfile', text = Buffer.alloc(0) } = result.dockerfile ?? {};
  const { buildArgs, redactedBuildArgs } = shownArgs(request.buildArgs ?? {});
  const { target, squash, compression, mediaTypes, scrub } = request;
  return {
    context: shownContext(request.context),
    dockerfile: { name: path, digest: digestSet(digestOf(text)), content: text.toString('base64') },
    target,
    platform,
    buildArgs,
    redactedBuildArgs,
    contexts: filled(mapValues(request.contexts ?? {}, shownContext)),
    labels: filled(request.labels ?? {}),
    annotations: filled(request.annotations ?? {}),
    squash,
    compression,
    forceCompression: request.forceCompression || undefined,
    mediaTypes,
    inlineCache: request.inlineCache || undefined,
    network: request.network === 'default' ? undefined : request.network,
    addHosts: some(request.addHosts?.map(({ name, address }) => `${name}=${address}`)),
    allow: some([...(request.allow ?? [])].sort()),
    noNewPrivileges: request.noNewPrivileges || undefined,
    scrub,
    secrets: some([...(request.secrets?.keys() ?? [])].sort()),
    ssh: some([...(request.ssh?.keys() ?? [])].sort()),
  };
}

/** Proxies change no result and often hold credentials: they are not said at all. */
const proxies: ReadonlySet<string> = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY']);
const credentials = /:\/\/[^\s/@]*:[^\s/@]+@/;

function shownArgs(
  args: Readonly<Record<string, string>>,
): Pick<DockerfileParameters, 'buildArgs' | 'redactedBuildArgs'> {
  const told = Object.entries(args)
    .filter(([name]) => !proxies.has(name.toUpperCase()))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const isSecret = ([name, value]: readonly [string, string]): boolean => isSecretName(name) || credentials.test(value);
  return {
    buildArgs: filled(Object.fromEntries(told.filter((arg) => !isSecret(arg)))),
    redactedBuildArgs: some(told.filter(isSecret).map(([name]) => name)),
  };
}

/** Where folders lie on the machine of the builder is nobody's business, and of no use elsewhere. */
function shownContext(text: string): string {
  if (text === '-') return 'stdin';
  const isAddress = /^[a-z][a-z0-9+.-]*:/.test(text) && !/^(?:oci-layout|local|file|recipe):/.test(text);
  const isShort = /^[\w.+-]+@[^/]+:|^github\.com\//.test(text);
  if (isAddress || isShort) return withoutCredentials(text);
  return /^(?:oci-layout|recipe):/.exec(text)?.[0] ?? 'local';
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function filled<T extends object>(record: T): T | undefined {
  return Object.keys(record).length === 0 ? undefined : record;
}

function some<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list?.length ? list : undefined;
}
