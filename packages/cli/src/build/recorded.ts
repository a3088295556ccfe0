import type { BuildResult } from '@lading/builder';
import type { BuildRecorder } from '@lading/builder/history';
import { listOption, type OptionValues } from '../command.ts';
import type { Home } from '../home.ts';

/** Runs a build with a place in the history, however it ends. */
export async function recorded<T extends Pick<BuildResult, 'manifest'>>(
  home: Home,
  { file, target }: { readonly file: string; readonly target?: string | undefined },
  options: OptionValues,
  run: (recorder: BuildRecorder) => Promise<T>,
): Promise<T> {
  const { BuildRecorder } = await import('@lading/builder/history');
  const recorder = await BuildRecorder.start(home.historyFolder, {
    ...{ file, target },
    tags: listOption(options, 'tag'),
  });
  try {
    const result = await run(recorder);
    await recorder.done(result.manifest.digest);
    return result;
  } catch (error) {
    await recorder.failed(error);
    throw error;
  }
}
