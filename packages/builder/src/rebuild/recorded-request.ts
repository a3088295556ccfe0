import { LadingError } from '@lading/errors';
import { type Digest, parseDigest, parsePlatform } from '@lading/oci';
import { parseFormatProfile } from '../format-profile.ts';
import type { LockFile } from '../lock/lock-file.ts';
import { type BuilderChoices, type DockerfileParameters, dockerfileBuildType } from '../provenance/dockerfile-build.ts';
import type { Provenance, ResourceDescriptor } from '../provenance/statement.ts';
import type { BuildRequest } from '../request.ts';
import type { RebuildInputs } from './rebuild-inputs.ts';
import { kindOf, recordedContext, recordedContexts, recordedFile } from './recorded-places.ts';

/**
 * The request that makes a recorded image again: its Dockerfile and parameters, git and http sources pinned. Throws BUILD_UNSUPPORTED for
 * what was not built from a Dockerfile or by a format profile that is unknown here, BUILD_INVALID and BUILD_DENIED, telling what has to be given,
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
  const { forceCompression, inlineCache, noNewPrivileges, addHosts = [] } = parameters;
  const context = recordedContext(parameters, resolvedDependencies, inputs);
  return {
    context,
    file: recordedFile(context, dockerfile),
    dockerfile: Buffer.from(dockerfile.content, 'base64'),
    contexts: recordedContexts(parameters, inputs),
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
    allow: grantedRights(parameters, inputs),
    secrets: inputs.secrets,
    ssh: inputs.ssh,
    workers: inputs.workers,
    noCache: true,
  };
}

/** Rights beyond those of every step are granted by whoever rebuilds, not by a record. Throws BUILD_DENIED. */
function grantedRights({ allow = [], network }: DockerfileParameters, inputs: RebuildInputs): BuildRequest['allow'] {
  const wanted = new Set(network === 'host' ? [...allow, 'network.host'] : allow);
  const missing = [...wanted].filter((right) => !(inputs.allow as ReadonlySet<string> | undefined)?.has(right));
  if (missing.length === 0) return inputs.allow;
  throw new LadingError(
    'BUILD_DENIED',
    `Cannot rebuild the image: it was built with the rights ${missing.join(', ')}`,
    {
      hint: `Grant them, if you trust it: ${missing.map((right) => `--allow ${right}`).join(' ')}.`,
    },
  );
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
