/** What can go wrong with one HTTP exchange besides the system's own errors (`ECONNREFUSED`, `CERT_…`). */
export type HttpFailureCode =
  | 'HTTP_CONNECT_TIMEOUT' // no connection in time, TLS included
  | 'HTTP_ANSWER_TIMEOUT' // the head of the answer was not there in time
  | 'HTTP_STALLED' // too few bytes came, or were taken, for too long
  | 'HTTP_CLOSED' // the peer closed before it answered
  | 'HTTP_TRUNCATED' // the peer closed in the middle of its answer
  | 'HTTP_INVALID' // what came is no HTTP/1.1
  | 'HTTP_PROXY'; // the proxy refused to connect

export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly code: HttpFailureCode;

  constructor(code: HttpFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
