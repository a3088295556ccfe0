import { createConnection } from 'node:net';
import { Duplex, Transform } from 'node:stream';

// The protocol of agents (draft-miller-ssh-agent §5): what a build needs, and no more.
const listIdentities = 11;
const sign = 13;
const extension = 27;
const maxMessage = 256 << 10;
/** A request that no agent knows, in the place of one that a build may not make: the answer is a failure. */
const unknownRequest = Buffer.from([0, 0, 0, 1, 255]);

/** A connection to the agent at a socket over which keys can be listed and used, but not added, removed or locked. */
export function connectForSigning(path: string): Duplex {
  const agent = createConnection(path);
  let unanswered = 0;
  const requests = eachMessage((message) => {
    unanswered++;
    return [listIdentities, sign, extension].includes(message[4] ?? 0) ? message : unknownRequest;
  });
  const answers = eachMessage((message) => {
    unanswered--;
    endWhenAnswered();
    return message;
  });
  // OpenSSH's agent drops what it has not answered yet when it reads the end.
  const endWhenAnswered = (): void => {
    if (requests.readableEnded && unanswered === 0) agent.end();
  };
  const destroy = (error: Error): void => {
    for (const stream of [requests, agent, answers]) stream.destroy(error);
  };
  for (const stream of [requests, agent, answers]) stream.on('error', destroy);
  requests.on('end', endWhenAnswered).pipe(agent, { end: false });
  agent.pipe(answers).on('close', () => agent.destroy());
  return Duplex.from({ writable: requests, readable: answers });
}

/** Passes on what becomes of each message; an end within one drops it. */
function eachMessage(map: (message: Buffer) => Buffer): Transform {
  let pending = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5) {
        const length = pending.readUInt32BE(0);
        if (length === 0 || length > maxMessage) return done(new Error('a message of an ssh agent is too large'));
        if (pending.length < 4 + length) break;
        this.push(map(pending.subarray(0, 4 + length)));
        pending = pending.subarray(4 + length);
      }
      done();
    },
  });
}
