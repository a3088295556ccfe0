import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * The end of its input is the end of this process, in whatever way that came. Servers write until they have ended: until they are gone, or
 * are left over as a zombie, which whoever inherited them may be slow to take away.
 */
const script = `
while read -r what which; do
  if [ "$what" = watch ]; then pid=$which; elif [ "$pid" = "$which" ]; then pid=; fi
done
if [ -n "$pid" ]; then
  kill -s "$1" "$pid"
  tries=0
  while [ $tries -lt 200 ] && kill -0 "$pid" && ! grep -q '^State:.Z' "/proc/$pid/status"; do tries=$((tries + 1)); sleep 0.05; done
fi
rm -rf "$2" || { sleep 1; rm -rf "$2"; }`;

/** Sees to it that a server and its folder go with the process that started it, also when that is killed. */
export interface ServerGuard {
  /** From now on this is the server, until it ends or the next takes its place. */
  watch(server: ChildProcess): void;
  /** Ends the server and removes the folder, now. */
  end(): Promise<void>;
}

/** `signal` ends the server. */
export function guardServer(folder: string, signal: 'KILL' | 'QUIT'): ServerGuard {
  const guard = spawn('sh', ['-c', script, 'sh', signal, folder], {
    cwd: '/',
    // What is sent to a whole group of processes does not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const { stdin } = guard;
  stdin.on('error', () => {});
  guard.unref();
  (stdin as unknown as { unref(): void }).unref();
  const ended = once(guard, 'exit');
  return {
    watch(server) {
      stdin.write(`watch ${server.pid}\n`);
      // By its number, for the next one may be watched by now.
      server.once('exit', () => stdin.writable && stdin.write(`forget ${server.pid}\n`));
    },
    async end() {
      guard.ref();
      stdin.end();
      await ended;
    },
  };
}
