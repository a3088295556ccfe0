import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problem } from '../answer.ts';

/** What Node refuses before anybody sees a request, by the code of its error. */
const refusals: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The head of the request is too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of a chunk are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
};

/** Has what is no HTTP refused in the form of the protocol, too. */
export function refuseInForm(server: Server): void {
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: { headersSent: boolean } }) => {
      // In the middle of an answer to an earlier request nothing else can be said.
      if (!socket.writable || socket._httpMessage?.headersSent === true) {
        socket.destroy();
        return;
      }
      const [status, message] = refusals[error.code ?? ''] ?? [400, 'The request is not HTTP as RFC 9112 has it'];
      const { headers, body } = refusal(status, message);
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${Buffer.from(body)}`);
    },
  );
}

/** RFC 9112 §3.2 asks for it of every server. Undefined when nothing is wrong. */
export function refuseHostless({ httpVersion, headers }: IncomingMessage): Refusal | undefined {
  if (headers.host !== undefined || httpVersion !== '1.1') return undefined;
  return refusal(400, 'The request has no header Host');
}

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
}

/** The connection ends with it. */
function refusal(status: number, message: string): Refusal {
  const { headers, body } = problem(status, 'UNSUPPORTED', message);
  return {
    status,
    headers: { ...headers, Connection: 'close' },
    body: body instanceof Uint8Array ? body : Buffer.of(),
  };
}
