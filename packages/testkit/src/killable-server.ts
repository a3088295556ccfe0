import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { acceptsConnections } from './free-port.ts';
import { guardServer } from './server-guard.ts';

/** A server that tests kill, to see what becomes of those who use it. */
export interface KillableServer {
  /** Of the process that runs now. */
  readonly pid: number;
  /** Kills the process, as a crash or a power failure would; what it had made durable is there after `start()`. */
  kill(): Promise<void>;
  /** Starts it again after `kill()`, at the same address. */
  start(): Promise<void>;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

export interface KillableServerOptions extends Pick<SpawnOptions, 'env' | 'uid' | 'gid'> {
  readonly program: string;
  readonly args: readonly string[];
  /** Of loopback, where it listens. */
  readonly port: number;
  /** Its working folder, which goes with it. */
  readonly folder: string;
  /** How it is ended for good. */
  readonly signal: 'KILL' | 'QUIT';
  /** So long it may take to listen. */
  readonly patienceMs: number;
  /** It may end at once while what is left of a killed one has not ended: then it is started again. */
  readonly endsEarly?: boolean;
}

/** Starts it. The caller stops it; at the latest it ends with this process, which it does not keep open. Throws when it does not listen. */
export async function runKillableServer(options: KillableServerOptions): Promise<KillableServer> {
  const { program, args, port, folder, patienceMs, endsEarly = false, signal, ...own } = options;
  const guard = guardServer(folder, signal);
  let child: ChildProcess | undefined;
  let log = '';

  const spawned = (): { readonly process: ChildProcess; failure: Error | undefined } => {
    const process = spawn(program, args, { ...own, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = { process, failure: undefined as Error | undefined };
    process.once('error', (error) => {
      started.failure = error;
    });
    process.unref();
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-10_000);
      });
      (stream as unknown as { unref(): void }).unref();
    }
    return started;
  };
  const start = async (): Promise<void> => {
    for (const until = Date.now() + patienceMs; Date.now() < until; await delay(50)) {
      const started = spawned();
      child = started.process;
      guard.watch(child);
      while (child.exitCode === null && child.signalCode === null && Date.now() < until) {
        if (started.failure !== undefined) throw started.failure;
        if (await acceptsConnections(port)) return;
        await delay(10);
      }
      if (child.exitCode !== null && !endsEarly) {
        throw new Error(`${program} ended with ${child.exitCode}: ${log}`);
      }
    }
    throw new Error(`${program} did not listen within ${patienceMs / 1000} s: ${log}`);
  };
  const kill = async (): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null || dying.pid === undefined) return;
    await new Promise<void>((resolve) => {
      dying.ref();
      dying.once('exit', () => resolve());
      dying.kill('SIGKILL');
    });
  };

  try {
    await start();
  } catch (error) {
    await guard.end();
    throw error;
  }
  return {
    get pid() {
      return child?.pid ?? 0;
    },
    kill,
    start,
    stop: guard.end,
  };
}
