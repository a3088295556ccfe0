import { isIP } from 'node:net';
import { LadingError } from '@lading/errors';

const PROTOCOLS: readonly string[] = ['tcp', 'udp', 'sctp'];

/**
 * The `port/protocol` keys of the image config that one argument of EXPOSE stands for, after expansion: `80` is `80/tcp`,
 * `8000-8002/udp` is three of them. A host address and port in front, which old files have, are checked and dropped.
 * Throws DOCKERFILE_INVALID.
 */
export function parsePorts(text: string): string[] {
  const { first, last, protocol } = readPorts(text);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

/** The same as a range, which stays small however many ports it means. */
export function readPorts(text: string): { first: number; last: number; protocol: string } {
  const parts = text.split(':');
  const [port = '', protocol = '', ...more] = (parts.pop() ?? '').split('/');
  const wanted = protocol === '' ? 'tcp' : protocol.toLowerCase();
  if (more.length > 0 || !PROTOCOLS.includes(wanted)) {
    throw invalid(text, `the protocol is not one of ${PROTOCOLS.join(', ')}`);
  }
  const { first, last } = parseRange(text, port);
  const host = parts.pop();
  if (host !== undefined && host !== '') {
    const published = parseRange(text, host);
    if (last !== first && published.last - published.first !== last - first) {
      throw invalid(text, 'the ranges of host and container differ in length');
    }
  }
  const address = parts.join(':').replace(/^\[(.*)\]$/, '$1');
  if (address !== '' && isIP(address) === 0) throw invalid(text, `${JSON.stringify(address)} is no IP address`);
  return { first, last, protocol: wanted };
}

function parseRange(text: string, range: string): { first: number; last: number } {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range);
  if (match === null) throw invalid(text, `${JSON.stringify(range)} is no port number or range`);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (last > 65535 || first > 65535) throw invalid(text, 'a port number is above 65535');
  if (last < first) throw invalid(text, 'the range ends before it starts');
  return { first, last };
}

function invalid(text: string, reason: string): LadingError {
  return new LadingError('DOCKERFILE_INVALID', `Cannot read the port ${JSON.stringify(text)}: ${reason}`, {
    hint: 'Write a port such as 80, 53/udp or 8000-8010/tcp.',
  });
}
