import { relative } from 'node:path';
import type { LockResult } from '@lading/builder';
import { isLadingError } from '@lading/errors';
import { parseReference } from '@lading/oci';
import { remoteAccessOf } from '../build/remote-access.ts';
import { parseSecret, parseSsh } from '../build/secret-options.ts';
import { configureDockerfile, sourceOf, stdinOf } from '../build/source-options.ts';
import { type CommandModule, collectValues, examples, listOption, type OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import { openSource } from '../locations.ts';
import { configureRegistry, registryOptions } from '../registries.ts';

export const command: CommandModule = {
  configure(command) {
    configureDockerfile(command);
    command
      .option('--secret <id=ID,src=PATH|env=NAME>', 'GIT_AUTH_TOKEN or GIT_AUTH_HEADER; may be repeated', collectValues)
      .option('--ssh <default[=SOCKET]>', 'the agent with keys for git; may be repeated', collectValues);
    command.option(
      '--update [name]',
      'pin anew: everything, or what the lock file calls so; may be repeated',
      collectNames,
    );
    configureRegistry(command);
    command.addHelpText(
      'after',
      examples(
        ['lading lock .', 'pin what the Dockerfile takes in and does not pin yet'],
        ['lading lock --update .', 'pin everything anew'],
        ['lading lock --update alpine:3.20 .', 'pin one base image anew'],
        ['lading build --locked .', 'build from exactly that'],
      ),
    );
  },

  async run(context, args, options) {
    const { lockDockerfile } = await import('@lading/builder');
    const { update, rest } = updateOf(options, args);
    const { locked: _locked, ...request } = sourceOf(options, rest);
    const secrets = new Map(listOption(options, 'secret').map(parseSecret));
    const ssh = new Map(listOption(options, 'ssh').map(parseSsh));
    const home = await context.home();
    const result = await lockDockerfile(
      { ...request, update },
      {
        cacheFolder: home.cacheFolder,
        stdin: stdinOf(request, context.signal),
        ...remoteAccessOf({ secrets, ssh }),
        resolveImage: (name) => resolveImage(context, name, options),
      },
      { signal: context.signal },
    );
    return { data: { path: result.path, changes: result.changes, lock: result.lock }, text: textOf(result) };
  },
};

function collectNames(value: string | undefined, before: readonly string[] | undefined): readonly string[] {
  return value === undefined ? (before ?? []) : [...(before ?? []), value];
}

/** `--update` alone means everything; in `--update FOLDER` too, where the folder is the context and no name. */
function updateOf(
  options: OptionValues,
  args: readonly string[],
): { update: 'all' | readonly string[] | undefined; rest: readonly string[] } {
  if (options.update === undefined) return { update: undefined, rest: args };
  const names = listOption(options, 'update');
  const last = names.at(-1);
  const isContext = args.length === 0 && last !== undefined && /^\.{0,2}(\/|$)/.test(last);
  const chosen = isContext ? names.slice(0, -1) : names;
  return { update: chosen.length === 0 ? 'all' : chosen, rest: isContext ? [last] : args };
}

/** What the registry says now, whatever is on this machine; a name of this machine alone is not asked for elsewhere. */
async function resolveImage(
  context: Context,
  name: string,
  options: OptionValues,
): Promise<{ digest: LockResult['lock']['images'][string]; env: readonly string[] | undefined }> {
  const { openImage } = await import('@lading/image');
  const reference = parseReference(name);
  const transport = reference.registry === 'localhost' ? 'local' : 'registry';
  const source = await openSource(context, { transport, reference }, registryOptions(options));
  try {
    const { descriptor, repository } = source;
    const { signal } = context;
    const image = await openImage(repository, descriptor, { signal }).catch((error: unknown) => {
      // It may be for other platforms alone; every other failure would make a lock that is wrong.
      if (!isLadingError(error, 'PLATFORM_UNMATCHED')) throw error;
      return undefined;
    });
    return { digest: descriptor.digest, env: image && (image.config.config?.Env ?? []) };
  } finally {
    await source.close();
  }
}

function textOf({ path, changes }: LockResult): string {
  const shown = relative(process.cwd(), path) || path;
  if (changes.length === 0) return `${shown}: nothing changed`;
  const lines = changes.map(({ name, before, after }) => {
    if (after === undefined) return `- ${name}`;
    return before === undefined ? `+ ${name} ${after}` : `~ ${name} ${before} → ${after}`;
  });
  return `${shown}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
