import type { Ground } from './ground.ts';
import type { Hostile } from './requests.ts';
import { type Exchanged, type Reply, readReplies } from './wire.ts';

/** What is wrong with how the registry took it; nothing when all is well. */
export function judge(ground: Ground, { bytes, methods, manner }: Hostile, exchanged: Exchanged): readonly string[] {
  const wrong: string[] = [];
  if (!ground.server.isRunning()) wrong.push('the registry has ended');
  if (!exchanged.ended && manner !== 'cut') wrong.push(`it hangs: no end after ${exchanged.ms.toFixed(0)} ms`);
  let replies: readonly Reply[] = [];
  try {
    replies = readReplies(exchanged.received, methods);
  } catch (error) {
    wrong.push(`what came is no HTTP: ${error instanceof Error ? error.message : error}`);
  }
  for (const [at, reply] of replies.entries()) {
    const { status, body } = reply;
    if (status >= 500 && status !== 501) wrong.push(`answer ${at} is ${status}: ${body.toString().slice(0, 300)}`);
    if (status >= 400) wrong.push(...misshapen(reply, methods[at]));
  }
  for (const canary of ground.canaries) {
    if (exchanged.received.includes(canary) && !bytes.includes(canary)) wrong.push(`it told ${canary}`);
  }
  return wrong;
}

/** Errors are in the form of distribution-spec 1.1 §error codes; the management API's are RFC 9457. */
function misshapen({ status, headers, body }: Reply, method: string | undefined): readonly string[] {
  if (method === 'HEAD') return [];
  const type = headers.get('content-type') ?? 'none';
  // Pages for people.
  if (type.startsWith('text/html')) return [];
  try {
    const value = JSON.parse(body.toString('utf8')) as {
      errors?: { code?: unknown; message?: unknown }[];
      title?: unknown;
    };
    if (type.startsWith('application/problem+json') && typeof value.title === 'string') return [];
    const codes = value.errors ?? [];
    const good = codes.every(({ code, message }) => /^[A-Z_]+$/.test(String(code)) && typeof message === 'string');
    if (type.startsWith('application/json') && codes.length > 0 && good) return [];
  } catch {}
  return [
    `the error ${status} is not in the specified form: ${type}: ${JSON.stringify(body.toString().slice(0, 200))}`,
  ];
}
