import { parentPort } from 'node:worker_threads';
import { verifyPassword } from './password-hash.ts';
import type { PasswordTask } from './password-workers.ts';

// The other end of password-workers.ts: one password at a time.
const port = parentPort;
if (port === null) throw new Error('password-worker.ts is started by password-workers.ts only');

port.on('message', ({ hash, password }: PasswordTask) => {
  let valid = false;
  try {
    valid = verifyPassword(hash, password);
  } catch {
    // A hash whose parameters this machine cannot meet verifies nothing.
  }
  port.postMessage(valid);
});
