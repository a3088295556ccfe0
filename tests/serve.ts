import assert from 'node:assert/strict';
import { eventually, type Lading, type Outcome } from './lading.ts';

export interface Served {
  /** `127.0.0.1:port`, as it stands at the start of a reference. */
  readonly host: string;
  readonly url: string;
  readonly log: () => string;
  stop(signal?: NodeJS.Signals): Promise<Outcome>;
}

/** Runs `lading serve` on loopback; the registry lies in the home of `lading`. It is stopped when the test ends. */
export async function serve(lading: Lading, port = 0): Promise<Served> {
  const { child, ended, stdout, stderr } = lading.start(['serve', '--listen', `127.0.0.1:${port}`], {
    timeoutMs: 240_000,
  });
  await eventually('lading serve listens', () => stdout().includes('\n') || child.exitCode !== null, 30_000);
  const [, url = '', host = ''] = /(http:\/\/(127\.0\.0\.1:\d+))/.exec(stdout()) ?? [];
  assert.notEqual(url, '', `lading serve did not start: ${stdout()}${stderr()}`);
  return {
    host,
    url,
    log: stderr,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
