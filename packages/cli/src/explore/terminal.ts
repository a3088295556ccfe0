import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Key, keysIn } from './key.ts';

/** A terminal that one program has to itself for a while. */
export interface Terminal {
  readonly columns: number;
  readonly lines: number;
  /** Shows these lines; writes only those that are others than before, and none while the terminal still takes in the last ones. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back and stops, until the shell brings it to the front again. */
  suspend(): void;
  /** Gives the terminal back as it was. May be called again. */
  close(): void;
}

export interface TerminalEvents {
  readonly key: (key: Key) => void;
  readonly resized: () => void;
  /** The terminal is gone. */
  readonly ended: () => void;
}

/** The other screen, no cursor, no wrapping at the right edge; and the way back. xterm control sequences, private modes. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Nothing is shown of a frame before it is whole, where the terminal knows that. */
const [begin, end] = ['\u001b[?2026h', '\u001b[?2026l'];

/** Takes over a terminal. Whatever ends the process but a kill gives it back. */
export function openTerminal(
  input: ReadStream,
  output: WriteStream & { readonly fd: number },
  events: TerminalEvents,
): Terminal {
  let shown: string[] = [];
  let waiting: readonly string[] | undefined;
  let isBusy = false;
  let isOpen = false;

  const onData = (text: string): void => {
    for (const key of keysIn(text)) events.key(key);
  };
  const onResize = (): void => {
    shown = [];
    events.resized();
  };
  const take = (): void => {
    isOpen = true;
    shown = [];
    input.setRawMode(true);
    output.write(enter);
  };
  const giveBack = (): void => {
    if (!isOpen) return;
    isOpen = false;
    try {
      input.setRawMode(false);
      // Also while the process ends, when nothing is written later any more.
      writeSync(output.fd, `${end}${leave}`);
    } catch {
      // A terminal that is gone needs nothing.
    }
  };
  const onHangUp = (): void => {
    giveBack();
    process.exit(129);
  };
  const onContinue = (): void => {
    take();
    events.resized();
  };

  const draw = (lines: readonly string[]): void => {
    if (!isOpen) return;
    if (isBusy) {
      waiting = lines;
      return;
    }
    const changed = lines.flatMap((line, at) => (line === shown[at] ? [] : [`\u001b[${at + 1};1H\u001b[2K${line}`]));
    shown = [...lines];
    if (changed.length === 0) return;
    isBusy = !output.write(`${begin}${changed.join('')}${end}`);
    if (!isBusy) return;
    output.once('drain', () => {
      isBusy = false;
      const next = waiting;
      waiting = undefined;
      if (next !== undefined) draw(next);
    });
  };

  input.setEncoding('utf8').on('data', onData).on('end', events.ended).resume();
  output.on('resize', onResize);
  process.on('exit', giveBack).on('SIGHUP', onHangUp);
  take();
  return {
    get columns() {
      return output.columns;
    },
    get lines() {
      return output.rows;
    },
    draw,
    suspend() {
      giveBack();
      process.once('SIGCONT', onContinue);
      process.kill(process.pid, 'SIGTSTP');
    },
    close() {
      giveBack();
      input.removeListener('data', onData).removeListener('end', events.ended).pause();
      output.removeListener('resize', onResize);
      process.removeListener('exit', giveBack).removeListener('SIGHUP', onHangUp).removeListener('SIGCONT', onContinue);
    },
  };
}
