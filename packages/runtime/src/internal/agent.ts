import { writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { toReadable } from '@lading/bytes';
import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { writeTar } from '@lading/tar';
import { type AgentRequest, isAgentRequest } from './agent-request.ts';
import { clampTimes, removeMatching, scan, unpack } from './layer-work.ts';

// The main program of a child process inside the user namespace. One request as its argument; tar on stdin or stdout.
// An error goes to file descriptor 3 as JSON.

async function serve(request: AgentRequest): Promise<void> {
  switch (request.verb) {
    case 'unpack':
      return unpack(process.stdin, request.directory, request.below, request.mapping, {});
    case 'scan':
      return pipeline(toReadable(writeTar(scan(request.directory, request.epoch, {}))), process.stdout);
    case 'clamp':
      return clampTimes(request.directory, request.epoch);
    case 'remove':
      await removeMatching(request.directory, request.patterns);
  }
}

try {
  const request: unknown = JSON.parse(process.argv[2] ?? 'null');
  if (!isAgentRequest(request)) throw new LadingError('USAGE', 'This program is started by Lading itself');
  await serve(request);
} catch (error) {
  const shown = isLadingError(error) ? error.toJSON() : { code: 'RUNTIME_FAILED', message: messageOf(error) };
  writeSync(3, JSON.stringify(shown));
  process.exit(1);
}
