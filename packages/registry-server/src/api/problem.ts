import { STATUS_CODES } from 'node:http';
import { isLadingError, type LadingError, messageOf } from '@lading/errors';
import type { Answer } from '../answer.ts';
import { answerTo } from '../errors.ts';

/** A refusal of the management API: RFC 9457, with the code and the hint that all errors of Lading have. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

export const problemType = 'application/problem+json';

/** A refusal that a handler of the API throws, where no LadingError fits. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly problem: Problem;

  constructor(
    status: number,
    code: string,
    detail: string,
    options: { hint?: string | undefined; headers?: Readonly<Record<string, string | number>> } = {},
  ) {
    super(detail);
    this.status = status;
    this.headers = options.headers ?? {};
    this.problem = problemOf(status, code, detail, { hint: options.hint });
  }
}

/** The refusal that the distribution protocol would give, for whoever asks the API. */
export function refusalOf(answer: Answer): Refusal {
  const { 'Content-Type': _type, 'Content-Length': _length, ...headers } = answer.headers ?? {};
  const body = answer.body instanceof Uint8Array ? JSON.parse(Buffer.from(answer.body).toString()) : {};
  const [{ code = 'UNKNOWN', message = 'Refused' } = {}] = body.errors ?? []; // written by problem() of answer.ts
  return new Refusal(answer.status, code, message, { headers });
}

/** What an error becomes. What is neither a refusal nor a LadingError is a defect: its text stays inside. */
export function problemFor(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  if (isLadingError(error)) return ladingProblem(error);
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  // The framework's own: a body that is no JSON, a value that does not follow its schema.
  if (statusCode !== undefined && statusCode < 500) {
    return problemOf(statusCode, code === 'FST_ERR_VALIDATION' ? 'USAGE' : 'UNSUPPORTED', message ?? messageOf(error));
  }
  return problemOf(500, 'UNKNOWN', 'The registry failed; its log has more');
}

function ladingProblem(error: LadingError): Problem {
  const details = Object.keys(error.details).length === 0 ? undefined : error.details;
  return problemOf(answerTo(error).status, error.code, error.message, { hint: error.hint, details });
}

function problemOf(
  status: number,
  code: string,
  detail: string,
  { hint, details }: Pick<Problem, 'hint' | 'details'> = {},
): Problem {
  return {
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  };
}
