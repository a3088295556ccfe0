import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Io, toReadable } from '@lading/bytes';
import { interrupted, LadingError, messageOf } from '@lading/errors';
import type { IdMapping } from '../engine/engine.ts';
import type { OutputSink, ProcessSpec, RunningProcess } from '../process.ts';
import { inContainer } from './namespaces.ts';
import { helperEnvironment, killGroup } from './program.ts';
import { launcherFailure, readReport, statusOf } from './report.ts';

export interface Launchable {
  /** The run folder, with the script in it. */
  readonly folder: string;
  readonly mapping: IdMapping;
  readonly process: ProcessSpec;
  /** What file mounts hold. */
  readonly contents: readonly Uint8Array[];
  /** Done to the launcher while it waits; `pid` is that of unshare(1), in the namespaces, with the launcher as its only child. */
  readonly prepare: ((pid: number) => Promise<void>) | undefined;
  /** Done when nothing runs any more. */
  cleanUp(): Promise<void>;
}

/** Starts the launcher. Its end, expected or not, ends everything in the container. */
export function launch(
  { folder, mapping, process: spec, contents, prepare, cleanUp }: Launchable,
  io: Io,
): RunningProcess {
  const [file = 'unshare', ...args] = [...inContainer(mapping, spec.network), 'sh', 'launch'];
  const stdin =
    spec.stdin === 'inherit' ? 'inherit' : spec.stdin === undefined || spec.stdin === 'none' ? 'ignore' : 'pipe';
  const child = spawn(file, args, {
    cwd: folder,
    env: helperEnvironment,
    // A session of its own, so that an interrupt typed at a build does not reach steps directly; a terminal needs the shared one.
    detached: !spec.terminal,
    stdio: [stdin, stdioOf(spec.stdout), stdioOf(spec.stderr), 'pipe', 'pipe', contents.length > 0 ? 'pipe' : 'ignore'],
  });
  const control = child.stdio[3] as Writable;
  control.on('error', () => undefined); // the launcher ended first
  let unprepared: unknown;
  const report = readReport(child.stdio[4] as Readable, () => {
    prepare?.(child.pid ?? 0).then(
      () => control.write('go\n'),
      (error: unknown) => {
        unprepared = error;
        control.end();
      },
    );
  });
  connect(child.stdout, spec.stdout);
  connect(child.stderr, spec.stderr);
  if (contents.length > 0) feed((child.stdio as readonly unknown[])[5] as Writable, contents);
  if (child.stdin !== null && spec.stdin !== undefined && typeof spec.stdin !== 'string') {
    // A process that does not read its input to the end is none of our business.
    pipeline(toReadable(spec.stdin), child.stdin).catch(() => undefined);
  }
  const kill = (signal: NodeJS.Signals) => {
    if (control.writable) control.write(`${signal.slice(3)} ${constants.signals[signal]}\n`);
  };
  const stop = stopper(child, control, kill, spec);
  io.signal?.addEventListener('abort', stop.begin, { once: true });
  const exited = closed(child)
    .finally(async () => {
      stop.end();
      io.signal?.removeEventListener('abort', stop.begin);
      await cleanUp();
    })
    .then(() => {
      if (io.signal?.aborted && stop.begun()) throw interrupted(io.signal);
      if (unprepared !== undefined) throw launcherFailure(spec, messageOf(unprepared), unprepared);
      return statusOf(report(), spec);
    });
  // Whoever only wants to send signals need not look at the end.
  exited.catch(() => undefined);
  return { exited, kill };
}

function stdioOf(sink: OutputSink | undefined): 'inherit' | 'ignore' | 'pipe' {
  return sink === 'inherit' ? 'inherit' : sink === undefined ? 'ignore' : 'pipe';
}

function connect(stream: Readable | null, sink: OutputSink | undefined): void {
  if (stream !== null && typeof sink === 'function') stream.on('data', sink);
}

function feed(pipe: Writable, contents: readonly Uint8Array[]): void {
  pipe.on('error', () => undefined); // the launcher gave up first, and says why
  for (const content of contents) pipe.write(content);
  pipe.end();
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        new LadingError('RUNTIME_UNAVAILABLE', `Cannot start a container: ${messageOf(error)}`, {
          cause: error,
          hint: 'Install util-linux.',
        }),
      );
    });
    child.once('close', () => resolve());
  });
}

/** SIGTERM, then after the grace the end of the control pipe, then, should the launcher hang, SIGKILL. */
function stopper(
  child: ChildProcess,
  control: Writable,
  kill: (signal: NodeJS.Signals) => void,
  { graceMs = 2000, terminal = false }: ProcessSpec,
): { begun(): boolean; begin(): void; end(): void } {
  let begun = false;
  let timer: NodeJS.Timeout | undefined;
  return {
    begun: () => begun,
    begin: () => {
      begun = true;
      kill('SIGTERM');
      timer = setTimeout(() => {
        control.end();
        timer = setTimeout(() => (terminal ? child.kill('SIGKILL') : killGroup(child)), 3000);
      }, graceMs);
    },
    end: () => {
      clearTimeout(timer);
      control.destroy();
    },
  };
}
