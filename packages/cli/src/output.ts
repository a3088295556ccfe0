/**
 * Writes to stdout and waits until it is taken, so that memory stays bounded. False when the reader has gone (lading ls | head),
 * which is no error: there is nobody left to write for.
 */
export async function writeOut(data: string | Uint8Array): Promise<boolean> {
  const { stdout } = process;
  if (stdout.destroyed) return false;
  return new Promise((resolve, reject) => {
    stdout.write(data, (error?: NodeJS.ErrnoException | null) => {
      if (error === undefined || error === null) resolve(true);
      else if (isGone(error)) resolve(false);
      else reject(error);
    });
  });
}

/** A stream also emits what its write() reported; unheard, that would end the process with a stack trace. */
export function surviveClosedPipes(): void {
  const listen = (stream: NodeJS.WriteStream): void => {
    if (stream.listenerCount('error') > 0) return;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!isGone(error)) process.exitCode = 1;
    });
  };
  listen(process.stdout);
  listen(process.stderr);
}

function isGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}
