import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What ties the lines of several logs together: what a proxy in front calls the request, else a name of our own. */
export function createRequestIds(): (request: IncomingMessage) => string {
  // Unlike any other process's, and countable: that is all it has to be.
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return (request) => {
    const given = request.headers['x-request-id'];
    return typeof given === 'string' && /^[\w.:/+=-]{1,128}$/.test(given)
      ? given
      : `${prefix}-${(count++).toString(36)}`;
  };
}
