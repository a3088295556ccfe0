import type { WriteStream } from 'node:tty';

/** A piece of work that is under way, such as a blob or a build step. */
export interface Task {
  readonly label: string;
  done: number;
  total: number | undefined;
}

/**
 * Progress on stderr: lines of lasting interest through `log`, and what is under way right now.
 * On a terminal the latter is one live line; elsewhere one line every ten seconds; nothing when quiet.
 */
export interface Progress {
  log(line: string): void;
  /** Adds or updates a task; `total` in the same unit as `done` (bytes where not said otherwise). */
  update(key: string, label: string, done: number, total?: number): void;
  finish(key: string): void;
  end(): void;
}

const liveIntervalMs = 100;
const plainIntervalMs = 10_000;

export function createProgress(stream: WriteStream, options: { quiet: boolean; json: boolean }): Progress {
  if (options.quiet) return { log() {}, update() {}, finish() {}, end() {} };
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  const tasks = new Map<string, Task>();
  let timer: NodeJS.Timeout | undefined;
  let drawn = false;

  const clear = (): void => {
    if (drawn) stream.write('\r\u001b[K');
    drawn = false;
  };
  const draw = (): void => {
    if (tasks.size === 0) return;
    const line = summarize([...tasks.values()]);
    if (!live) {
      stream.write(`${line}\n`);
      return;
    }
    stream.write(`\r\u001b[K${line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
    drawn = true;
  };

  return {
    log(line) {
      clear();
      stream.write(`${line}\n`);
    },
    update(key, label, done, total) {
      const task = tasks.get(key);
      if (task === undefined) tasks.set(key, { label, done, total });
      else {
        task.done = done;
        task.total = total;
      }
      timer ??= setInterval(draw, live ? liveIntervalMs : plainIntervalMs).unref();
    },
    finish(key) {
      tasks.delete(key);
      if (tasks.size === 0) clear();
    },
    end() {
      clear();
      clearInterval(timer);
      timer = undefined;
      tasks.clear();
    },
  };
}

function summarize(tasks: readonly Task[]): string {
  const done = tasks.reduce((sum, task) => sum + task.done, 0);
  const known = tasks.every((task) => task.total !== undefined);
  const total = tasks.reduce((sum, task) => sum + (task.total ?? 0), 0);
  const amount = known ? `${formatBytes(done)} of ${formatBytes(total)}` : formatBytes(done);
  const labels = tasks.slice(0, 3).map((task) => task.label);
  const more = tasks.length > labels.length ? ` and ${tasks.length - labels.length} more` : '';
  return `${labels.join(', ')}${more}: ${amount}`;
}

/** `1.5 MB`: decimal units, as registries and disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `350 ms`, `12.3 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
