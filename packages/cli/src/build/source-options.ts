import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BuildEnvironment, BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { collectValues, flagOption, listOption, type OptionValues, textOption } from '../command.ts';
import { nameValues } from './name-values.ts';

type SourceRequest = Pick<BuildRequest, 'context' | 'file' | 'contexts' | 'buildArgs' | 'locked' | 'limits'>;

/** What a build is made from, and what `lading lock` pins. */
export function configureDockerfile(command: Command): void {
  command
    .argument('[context]', 'a folder, a git repository (URL.git#REF:FOLDER), the URL of a tar, or - for stdin', '.')
    .option('-f, --file <path>', 'the Dockerfile, or a recipe (*.yaml), a URL, or - for stdin; Dockerfile where absent')
    .option(
      '--build-arg <name=value>',
      'set an ARG; without =value, from the environment; may be repeated',
      collectValues,
    )
    .option(
      '--build-context <name=place>',
      'what FROM and --from mean by a name: a folder, URL, docker-image://, oci-layout://, recipe:; may be repeated',
      collectValues,
    )
    .option(
      '--unpack-limit <name=number>',
      'bound what an archive may hold: entries, bytes, ratio; may be repeated',
      collectValues,
    );
}

/** What a build is made from. */
export function configureSource(command: Command): void {
  configureDockerfile(command);
  command
    .option('--locked', 'refuse what Dockerfile.lock does not pin ("lading lock" writes it)')
    .option('--pull', 'ask registries for base images even when they are here');
}

/** Throws USAGE. */
export function sourceOf(options: OptionValues, args: readonly string[]): SourceRequest {
  const context = contextOf(args[0] ?? '.');
  const file = textOption(options, 'file');
  const isOnDisk = context.startsWith('/') && file !== undefined && file !== '-' && !/^https?:\/\//.test(file);
  return {
    context,
    file: isOnDisk ? resolve(file) : file,
    buildArgs: nameValues(listOption(options, 'buildArg'), '--build-arg', { fromEnvironment: true }),
    contexts: nameValues(listOption(options, 'buildContext'), '--build-context'),
    locked: flagOption(options, 'locked'),
    limits: limitsOf(listOption(options, 'unpackLimit')),
  };
}

/** Where the context or the Dockerfile is `-`. A stdin that is waited for when the signal fires would keep the process. */
export function stdinOf(
  { context, file }: Pick<BuildRequest, 'context' | 'file'>,
  signal?: AbortSignal | undefined,
): BuildEnvironment['stdin'] {
  if (context !== '-' && file !== '-') return undefined;
  signal?.addEventListener('abort', () => process.stdin.destroy(), { once: true });
  return process.stdin;
}

/** Whether registries are asked for base images that are here. */
export function pullOf(options: OptionValues): 'always' | 'missing' {
  return flagOption(options, 'pull') ? 'always' : 'missing';
}

/** A folder that is there is a folder, whatever it is called, and so is what looks like nothing else. */
export function contextOf(text: string): string {
  const isFolder = text !== '-' && statSync(text, { throwIfNoEntry: false })?.isDirectory() === true;
  const isElsewhere = text === '-' || /^[a-z]+:\/\/|^[\w.+-]+@[^/]+:|^github\.com\//.test(text);
  return isElsewhere && !isFolder ? text : resolve(text);
}

const limitNames = ['entries', 'bytes', 'ratio'] as const;

function limitsOf(list: readonly string[]): SourceRequest['limits'] {
  const limits = Object.entries(nameValues(list, '--unpack-limit')).map(([name, value]) => {
    if (!(limitNames as readonly string[]).includes(name) || !/^[1-9]\d{0,14}$/.test(value)) {
      throw new LadingError('USAGE', `Cannot use --unpack-limit ${name}=${value}`, {
        hint: `Give a whole number for ${limitNames.join(', ')}.`,
      });
    }
    return [name, Number(value)] as const;
  });
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}
