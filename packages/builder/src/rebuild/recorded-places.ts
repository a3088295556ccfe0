import { posix } from 'node:path';
import { LadingError } from '@lading/errors';
import type { DockerfileParameters } from '../provenance/dockerfile-build.ts';
import type { ResourceDescriptor } from '../provenance/statement.ts';
import type { BuildRequest } from '../request.ts';
import { parseGitAddress } from '../source/git/git-address.ts';
import type { RebuildInputs } from './rebuild-inputs.ts';

/**
 * Where the files of a recorded build come from. Whoever wrote the provenance may not choose a place of this machine: those are given, or the
 * rebuild is refused with BUILD_INVALID.
 */
export function recordedContext(
  { context }: DockerfileParameters,
  dependencies: readonly ResourceDescriptor[],
  { context: given }: RebuildInputs,
): string {
  if (given !== undefined) return given;
  const address = parseGitAddress(context, { short: true });
  const commit = dependencies.find((one) => kindOf(one) === 'git' && one.name === context)?.digest;
  if (address !== undefined && commit !== undefined) {
    const at = commit.sha1 ?? commit.sha256 ?? '';
    return `${address.url}#${at}${address.subdir === undefined ? '' : `:${address.subdir}`}`;
  }
  if (isRemote(context)) return context;
  const taken = dependencies.some((one) => kindOf(one) === 'context');
  const fault = context === 'stdin' ? 'came from stdin' : 'was a folder of the machine that built it';
  throw new LadingError('BUILD_INVALID', `Cannot rebuild the image: its context ${fault}`, {
    hint: taken
      ? 'Give a folder with the same files: --context FOLDER.'
      : 'It took no file of it: --context with any folder will do.',
  });
}

export function recordedContexts(
  { contexts = {} }: DockerfileParameters,
  inputs: RebuildInputs,
): BuildRequest['contexts'] {
  const given = inputs.contexts ?? {};
  const names = Object.keys(contexts).filter((name) => given[name] === undefined && !isRemote(contexts[name] ?? ''));
  if (names.length === 0) return { ...contexts, ...given };
  throw new LadingError('BUILD_INVALID', `Cannot rebuild the image: it took files from ${names.join(', ')}`, {
    hint: `Say where they are now: ${names.map((name) => `--build-context ${name}=FOLDER`).join(' ')}.`,
  });
}

/** Where the ignore file of the Dockerfile is looked for; never outside the context. */
export function recordedFile(context: string, { name = 'Dockerfile' }: ResourceDescriptor): string {
  const inside = posix.join('/', name).slice(1);
  return context.startsWith('/') ? posix.join(context, inside) : inside;
}

function isRemote(text: string): boolean {
  return /^(?:docker-image:|https?:\/\/)/.test(text) || parseGitAddress(text, { short: true }) !== undefined;
}

export function kindOf({ annotations }: ResourceDescriptor): string | undefined {
  return annotations?.kind as string | undefined;
}
