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
 * Under `--json` each line that stays is an object with one member: `log`, `warning`, `progress` or, from the edge, `error`.
 */
export interface Progress {
  /** Whether it draws on a terminal. */
  readonly isLive: boolean;
  log(line: string): void;
  /** The same, also when quiet: why something failed. */
  show(line: string): void;
  /** Something to know although nothing failed. Shown also when quiet. */
  warn(line: string): void;
  /** Adds or updates a task; `total` in the same unit as `done` (bytes where not said otherwise). */
  update(key: string, label: string, done: number, total?: number): void;
  /** The task is over; its amount stays in the sum until all are over. */
  finish(key: string): void;
  /** Lines above that of the tasks, drawn anew several times a second on a terminal until the returned function is called. */
  watch(lines: (size: ScreenSize) => readonly string[]): () => void;
  /** From now on every line that stays is an object. */
  useJson(): void;
  /** An object of its own, for programs that read stderr. */
  record(data: object): void;
  /** The tasks are over, whatever became of them. */
  end(): void;
  /** Draws nothing more, for somebody else who uses the terminal. */
  pause(): void;
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const liveIntervalMs = 100;
const plainIntervalMs = 10_000;

export function createProgress(stream: WriteStream, options: { quiet: boolean; json: boolean }): Progress {
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  const tasks = new Map<string, Task>();
  const over = { count: 0, bytes: 0 };
  let { json } = options;
  let timer: NodeJS.Timeout | undefined;
  /** Lines that are drawn now. */
  let drawn = 0;
  let watched: ((size: ScreenSize) => readonly string[]) | undefined;

  const clear = (): void => {
    if (drawn > 1) stream.write(`\u001b[${drawn - 1}A`);
    if (drawn > 0) stream.write(`\r\u001b[${drawn > 1 ? 'J' : 'K'}`);
    drawn = 0;
  };
  const write = (kind: 'log' | 'warning' | 'progress', line: string): void => {
    const text = kind === 'warning' ? `lading: warning: ${line}` : line;
    clear();
    stream.write(`${json ? JSON.stringify({ [kind]: line }) : text}\n`);
    if (live && watched !== undefined && timer !== undefined) draw();
  };
  const draw = (): void => {
    const sum = tasks.size === 0 ? [] : [summarize([...tasks.values()], over)];
    if (!live) {
      for (const line of sum) write('progress', line);
      return;
    }
    const size = { columns: stream.columns ?? 80, rows: stream.rows ?? 24 };
    const lines = [...(watched?.(size) ?? []), ...sum].map((line) => line.slice(0, Math.max(20, size.columns - 1)));
    if (lines.length === 0) {
      clear();
      return;
    }
    const up = drawn > 1 ? `\u001b[${drawn - 1}A` : '';
    const erase = drawn > 1 || lines.length > 1 ? '\u001b[J' : '\u001b[K';
    stream.write(`${up}\r${erase}${lines.join('\n')}`);
    drawn = lines.length;
  };
  const start = (): void => {
    timer ??= setInterval(draw, live ? liveIntervalMs : plainIntervalMs).unref();
  };
  const stop = (): void => {
    clear();
    clearInterval(timer);
    timer = undefined;
  };
  const warn = (line: string): void => write('warning', line);
  const record = (data: object): void => {
    clear();
    stream.write(`${JSON.stringify(data)}\n`);
  };
  if (options.quiet)
    return {
      isLive: false,
      log() {},
      show: (line) => write('log', line),
      warn,
      update() {},
      finish() {},
      watch: () => () => {},
      useJson() {},
      record() {},
      end() {},
      pause() {},
    };

  return {
    isLive: live && !options.json,
    log: (line) => write('log', line),
    show: (line) => write('log', line),
    warn,
    record,
    useJson() {
      json = true;
    },
    watch(lines) {
      watched = lines;
      start();
      return () => {
        watched = undefined;
        clear();
        if (tasks.size === 0) stop();
      };
    },
    update(key, label, done, total) {
      const task = tasks.get(key);
      if (task === undefined) tasks.set(key, { label, done, total });
      else {
        task.done = done;
        task.total = total;
      }
      start();
    },
    finish(key) {
      const task = tasks.get(key);
      if (task === undefined) return;
      tasks.delete(key);
      over.count++;
      over.bytes += task.total ?? task.done;
      if (tasks.size > 0) return;
      Object.assign(over, { count: 0, bytes: 0 });
      clear();
    },
    end() {
      tasks.clear();
      Object.assign(over, { count: 0, bytes: 0 });
      if (watched === undefined) stop();
    },
    pause: stop,
  };
}

/** What is under way by name, those that have begun first, and the sum of everything. */
function summarize(tasks: readonly Task[], over: { count: number; bytes: number }): string {
  const done = tasks.reduce((sum, task) => sum + task.done, over.bytes);
  const known = tasks.every((task) => task.total !== undefined);
  const total = tasks.reduce((sum, task) => sum + (task.total ?? 0), over.bytes);
  const amount = known ? `${formatBytes(done)} of ${formatBytes(total)}` : formatBytes(done);
  const begun = tasks.filter((task) => task.done > 0);
  const labels = (begun.length > 0 ? begun : tasks).slice(0, 3).map((task) => task.label);
  const more = tasks.length > labels.length ? ` and ${tasks.length - labels.length} more` : '';
  const finished = over.count > 0 ? `, ${over.count} done` : '';
  return `${labels.join(', ')}${more}: ${amount}${finished}`;
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
