import { LadingError } from '@lading/errors';

/** Asks on the terminal, on stderr because stdout carries results. Throws USAGE where there is no terminal to ask on. */
export async function askLine(
  question: string,
  signal: AbortSignal,
  { hidden = false }: { readonly hidden?: boolean } = {},
): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new LadingError('USAGE', `Cannot ask "${question.replace(/:\s*$/, '')}": there is no terminal`, {
      hint: 'Give -u NAME, and the password on stdin with --password-stdin.',
    });
  }
  const [{ createInterface }, { Writable }] = await Promise.all([
    import('node:readline/promises'),
    import('node:stream'),
  ]);
  // With a sink as its output, readline takes care of keys and raw mode and echoes into nothing.
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden ? sink : process.stderr, terminal: true });
  // In raw mode Ctrl-C and Ctrl-D come as keys.
  const aborted = new AbortController();
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  lines.once('close', () => aborted.abort(new LadingError('INTERRUPTED', 'Interrupted: nothing was entered')));
  try {
    if (hidden) process.stderr.write(question);
    return (await lines.question(hidden ? '' : question, { signal: AbortSignal.any([signal, aborted.signal]) })).trim();
  } catch (error) {
    throw signal.aborted ? signal.reason : aborted.signal.aborted ? aborted.signal.reason : error;
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}

/** All of stdin without the line break at its end, as `--password-stdin` has it. */
export async function readStdinLine(signal: AbortSignal): Promise<string> {
  if (process.stdin.isTTY) {
    throw new LadingError('USAGE', 'Cannot read the password from stdin: it is the terminal', {
      hint: 'Leave --password-stdin out to be asked, or use a pipe.',
    });
  }
  const { collect, withSignal } = await import('@lading/bytes');
  const bytes = await collect(withSignal(process.stdin, signal), { maxBytes: 64 * 1024, what: 'the password' });
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}
