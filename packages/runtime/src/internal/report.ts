import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { LadingError } from '@lading/errors';
import type { ExitStatus, ProcessSpec } from '../process.ts';

/** What the launcher said over its report pipe. */
export interface Report {
  readonly started: boolean;
  readonly code: number | undefined;
  readonly complaints: string;
}

/** Collects the report; `waiting` is called when the launcher waits for its `go`. */
export function readReport(stream: Readable, waiting: () => void): () => Report {
  let text = '';
  let waited = false;
  stream.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-65536);
    if (waited || !text.includes('lading: waiting\n')) return;
    waited = true;
    waiting();
  });
  stream.on('error', () => undefined);
  return () => {
    const lines = text.split('\n');
    const exit = lines.findLast((line) => line.startsWith('lading: exit '));
    return {
      started: lines.includes('lading: started'),
      code: exit === undefined ? undefined : Number(exit.slice('lading: exit '.length)),
      complaints: lines.filter((line) => line.trim() !== '' && !line.startsWith('lading: ')).join('\n'),
    };
  };
}

/** The end of the process. Throws RUNTIME_FAILED when there was none to come to it. */
export function statusOf({ started, code, complaints }: Report, process: ProcessSpec): ExitStatus {
  if (!started || code === undefined) throw launcherFailure(process, complaints || 'its launcher died');
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return signal === undefined ? { code } : { code, signal };
}

export function launcherFailure({ argv }: ProcessSpec, reason: string, cause?: unknown): LadingError {
  return new LadingError('RUNTIME_FAILED', `Cannot run ${argv[0]}: the container could not be set up: ${reason}`, {
    hint: 'LADING_ENGINE=unshare (or crun, runc, bubblewrap) tries another engine.',
    cause,
  });
}
