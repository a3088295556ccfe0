import type { BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';

/** `--on-error shell`: a shell where the first step failed, with its mounts, variables, user and folder. Throws USAGE without a terminal. */
export function onErrorOf(context: Context, options: OptionValues): Pick<BuildRequest, 'onFailedStep'> {
  const text = textOption(options, 'onError');
  if (text === undefined) return {};
  if (text !== 'shell') throw new LadingError('USAGE', `Cannot use --on-error ${text}: it is shell`);
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new LadingError('USAGE', 'Cannot use --on-error shell: this is no terminal');
  }
  let opened = false;
  return {
    async onFailedStep({ title, exitCode, openShell }) {
      if (opened) return;
      opened = true;
      context.progress.pause();
      context.progress.log(
        `${title} ended with ${exitCode}. This is a shell in its file system; leave it and the build ends.`,
      );
      // From here on signals are the shell's.
      context.ignoreSignals();
      await openShell();
    },
  };
}
