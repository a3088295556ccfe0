import type { ReadStream, WriteStream } from 'node:tty';
import type { FileNode } from '@lading/filetree';
import type { Layer } from '@lading/image';
import { printableLine } from '../printable.ts';
import { type ExploreState, openState } from './explore-state.ts';
import type { ExploredImage } from './explored-image.ts';
import type { Paint } from './paint.ts';
import { readContent } from './read-content.ts';
import { type ExploreEvent, reduce } from './reduce.ts';
import { render } from './render.ts';
import { openTerminal } from './terminal.ts';

export interface ExploreOptions {
  readonly layers: readonly Layer[];
  readonly input: ReadStream;
  readonly output: WriteStream & { readonly fd: number };
  readonly paint: Paint;
  readonly signal: AbortSignal;
}

/** Shows an image until its user leaves. Throws what the signal was aborted with; the terminal is as it was either way. */
export async function explore(image: ExploredImage, options: ExploreOptions): Promise<void> {
  const { layers, input, output, paint, signal } = options;
  const { promise: left, resolve: leave, reject } = Promise.withResolvers<void>();
  let reading: AbortController | undefined;
  let state: ExploreState;

  const happen = (event: ExploreEvent): void => {
    const step = reduce(state, event);
    state = step.state;
    if (state.pane === undefined) reading?.abort();
    if (step.effect?.kind === 'quit') leave();
    else if (step.effect?.kind === 'suspend') terminal.suspend();
    else {
      if (step.effect?.kind === 'read') read(step.effect.node);
      terminal.draw(render(state, paint));
    }
  };
  const read = (node: FileNode): void => {
    reading?.abort();
    const mine = new AbortController();
    reading = mine;
    readContent(layers, node, { signal: mine.signal }).then(
      (text) => happen({ kind: 'content', title: node.path, text }),
      (error: Error) => {
        if (!mine.signal.aborted)
          happen({ kind: 'content', title: node.path, text: [printableLine(`cannot be read: ${error.message}`)] });
      },
    );
  };
  const terminal = openTerminal(input, output, {
    key: (key) => happen({ kind: 'key', key }),
    resized: () => happen({ kind: 'resized', columns: terminal.columns, lines: terminal.lines }),
    ended: leave,
  });
  const abort = (): void => reject(signal.reason);
  try {
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    state = openState(image, terminal);
    terminal.draw(render(state, paint));
    await left;
  } finally {
    signal.removeEventListener('abort', abort);
    reading?.abort();
    terminal.close();
  }
}
