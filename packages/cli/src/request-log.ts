import type { AccessEntry } from '@lading/registry-server';
import type { Context } from './context.ts';
import { formatDuration } from './progress.ts';

export const logFormats = ['none', 'text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface RequestLog {
  /** Undefined where nobody wants lines. */
  readonly write: ((entry: AccessEntry) => void) | undefined;
  /** Writes what was not written yet. */
  close(): void;
}

const mostHeld = 64 << 10;
const holdMs = 100;

/** A line per request on stderr. Lines for machines are written many at a time, for a system call per request costs more than most requests do. */
export function createRequestLog(context: Context, format: LogFormat): RequestLog {
  if (format === 'none') return { write: undefined, close: () => {} };
  if (format === 'text') {
    return {
      write({ method, path, status, durationMs, client, error }) {
        const line = `${new Date().toISOString()} ${client} ${method} ${path} ${status} ${formatDuration(durationMs)}`;
        context.progress.log(error === undefined ? line : `${line} ${error}`);
      },
      close: () => {},
    };
  }
  let held = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held === '') return;
    process.stderr.write(held);
    held = '';
  };
  return {
    write(entry) {
      held += `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`;
      if (held.length > mostHeld) flush();
      else timer ??= setTimeout(flush, holdMs);
    },
    close: flush,
  };
}
