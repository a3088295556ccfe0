import { LadingError } from '@lading/errors';
import type { Home } from './home.ts';
import { writeOut } from './output.ts';
import { createProgress, type Progress } from './progress.ts';

/** What a command works with. Heavy parts open on first use and close with the context. */
export interface Context {
  readonly json: boolean;
  /** Fires on SIGINT and SIGTERM; the second signal ends the process at once. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  home(): Promise<Home>;
  /** Where `home()` lies, without opening it. */
  homeFolder(): Promise<string>;
  /** A line on stdout before the command has ended, for what runs on, such as a server: `data` as one line under `--json`. */
  announce(data: object, text: string): Promise<void>;
  /** Bytes to stdout as they come, for a result that is too large to hold. */
  stream(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** From now on signals are somebody else's, such as a container's; `signal` does not fire any more. */
  ignoreSignals(): void;
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
  const progress = createProgress(process.stderr, { quiet: options.quiet, json: options.json });

  const interrupt = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new LadingError('INTERRUPTED', `Interrupted by ${name}`));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const ignoreSignals = (): void => {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  };

  return {
    json: options.json,
    signal: controller.signal,
    progress,
    home() {
      home ??= import('./home.ts').then(({ openHome }) => openHome(options.root, progress));
      return home;
    },
    homeFolder: async () => (await import('./home.ts')).homeFolder(options.root),
    announce: async (data, text) => {
      await writeOut(`${options.json ? JSON.stringify(data) : text}\n`);
    },
    async stream(bytes) {
      for await (const chunk of bytes) if (!(await writeOut(chunk))) return;
    },
    ignoreSignals,
    async close() {
      ignoreSignals();
      if (home !== undefined) await home.then((opened) => opened.close()).catch(() => {});
    },
  };
}
