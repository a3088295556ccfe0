import { LadingError } from '@lading/errors';
import type { Home } from './home.ts';
import { createProgress, type Progress } from './progress.ts';

/** What a command works with. Heavy parts open on first use and close with the context. */
export interface Context {
  readonly json: boolean;
  /** Fires on SIGINT and SIGTERM; the second signal ends the process at once. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  home(): Promise<Home>;
  close(): Promise<void>;
}

export interface ContextOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly root?: string | undefined;
}

export function createContext(options: ContextOptions): Context {
  const controller = new AbortController();
  let home: Promise<Home> | undefined;

  const interrupt = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new LadingError('INTERRUPTED', `Interrupted by ${name}`));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  return {
    json: options.json,
    signal: controller.signal,
    progress: createProgress(process.stderr, { quiet: options.quiet, json: options.json }),
    home() {
      home ??= import('./home.ts').then(({ openHome }) => openHome(options.root));
      return home;
    },
    async close() {
      process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
      if (home !== undefined) await home.then((opened) => opened.close()).catch(() => {});
    },
  };
}
