import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Actor, PersonalTokens } from '@lading/catalog';
import { messageOf } from '@lading/errors';
import { type Answer, empty, json, problem } from '../../answer.ts';
import { makeSecret } from '../accounts/secret-text.ts';
import { readForm } from '../internal/read-form.ts';
import { Recent } from '../internal/recent.ts';
import { addressOf, type OriginOptions, originOf } from '../origin.ts';
import { page } from './page.ts';
import type { PendingLogin, Person, Provider } from './provider.ts';
import type { Sealer } from './sealed.ts';

export interface LoginOptions extends OriginOptions {
  readonly provider: Provider;
  readonly sealer: Sealer;
  readonly tokens: PersonalTokens;
  /** How long a personal token holds. */
  readonly tokenMs: number;
  readonly now: () => Date;
  readonly onProblem?: ((problem: Error) => void) | undefined;
}

/** Where a program on the person's own machine waits, and how it proves that it is the one that asked (RFC 8252 §7.3, RFC 7636). */
interface Waiting {
  readonly port: number;
  readonly challenge: string;
  readonly state: string;
}

const cookieName = 'lading-login';
const pendingSeconds = 600;
const codeSeconds = 120;

/**
 * Login of people in their browser: `/auth/login` sends them to the provider, `/auth/callback` shows a personal token for
 * `docker login`. Started by a program (`?port=&challenge=&state=`), it ends at that port of the person's machine with a code,
 * which the program exchanges for the token at `/auth/exchange`. What is under way is kept by the browser, sealed, so that any replica
 * may be asked next. `/auth/start` gives a program the address to open.
 */
export function createLogin(
  options: LoginOptions,
): (path: string, request: IncomingMessage) => Promise<Answer | undefined> {
  const { provider, sealer, tokens, tokenMs, now, onProblem } = options;
  const used = new Recent<string, true>(10_000);

  /** For programs, which may see the registry under another name than browsers do. */
  const start = (request: IncomingMessage): Answer => {
    const query = queryOf(request);
    const waiting = waitingOf(query);
    if (waiting === undefined || waiting === 'invalid') {
      return problem(400, 'UNSUPPORTED', 'port, challenge and state are needed');
    }
    const url = `${originOf(request, options)}/auth/login?${new URLSearchParams({ ...waiting, port: String(waiting.port) })}`;
    return json(200, { url }, { 'Cache-Control': 'no-store' });
  };

  const begin = async (request: IncomingMessage): Promise<Answer> => {
    const query = queryOf(request);
    const waiting = waitingOf(query);
    if (waiting === 'invalid')
      return page(400, 'This link does not work', [{ text: 'Start again with: lading login --web' }]);
    const origin = originOf(request, options);
    const { url, pending } = await provider.begin(`${origin}/auth/callback`);
    const sealed = await sealer.seal(
      'login',
      { ...pending, ...(waiting === undefined ? {} : { waiting }) },
      pendingSeconds,
    );
    return empty(302, {
      Location: url.href,
      'Cache-Control': 'no-store',
      'Set-Cookie': cookie(origin, sealed, pendingSeconds),
    });
  };

  const callback = async (request: IncomingMessage): Promise<Answer> => {
    const origin = originOf(request, options);
    const pending = await sealer.unseal('login', cookieOf(request) ?? '');
    if (pending === undefined) {
      return page(400, 'This sign-in has ended', [
        { text: 'It took too long, or was begun elsewhere.' },
        { code: `${origin}/auth/login` },
      ]);
    }
    const clear = { 'Set-Cookie': cookie(origin, '', 0) };
    const person = await provider.finish(new URL(`${origin}${request.url}`), pending as unknown as PendingLogin);
    const waiting = pending.waiting as Waiting | undefined;
    if (waiting !== undefined) {
      const code = await sealer.seal('code', { ...person, challenge: waiting.challenge }, codeSeconds);
      const query = new URLSearchParams({ code, state: waiting.state });
      return empty(302, {
        Location: `http://127.0.0.1:${waiting.port}/?${query}`,
        'Cache-Control': 'no-store',
        ...clear,
      });
    }
    const issued = await issue(person, request);
    if (request.headers.accept?.includes('application/json'))
      return json(200, issued, { 'Cache-Control': 'no-store', ...clear });
    const registry = new URL(origin).host;
    return page(
      200,
      `Signed in as ${person.name}`,
      [
        { text: `This token is shown once. It takes the place of a password until ${issued.expires_at.slice(0, 10)}:` },
        { code: issued.token },
        { text: 'Give it to this command when it asks:' },
        { code: `docker login -u '${person.name.replaceAll("'", "'\\''")}' ${registry}` },
      ],
      clear,
    );
  };

  const exchange = async (request: IncomingMessage): Promise<Answer> => {
    const form = request.method === 'POST' ? await readForm(request) : undefined;
    const code = form?.get('code') ?? '';
    const sealed = await sealer.unseal('code', code);
    const challenge = hash('sha256', form?.get('verifier') ?? '', 'base64url');
    const key = hash('sha256', code);
    if (sealed === undefined || sealed.challenge !== challenge || used.get(key) !== undefined) {
      return problem(400, 'UNAUTHORIZED', 'The code is not valid, or not any more');
    }
    used.set(key, true);
    return json(200, await issue(sealed as unknown as Person, request), { 'Cache-Control': 'no-store' });
  };

  const issue = async ({ name, groups }: Person, request: IncomingMessage) => {
    const { id, hash: hashed, text } = makeSecret('ldp');
    const expiresAt = new Date(now().getTime() + tokenMs);
    const agent = request.headers['user-agent'];
    const by: Actor = {
      name: `person:${name}`,
      client: addressOf(request, options),
      ...(agent === undefined ? {} : { agent }),
    };
    await tokens.create({ id, owner: name, groups, hash: hashed, expiresAt }, by);
    return { username: name, token: text.reveal(), expires_at: expiresAt.toISOString() };
  };

  return async (path, request) => {
    try {
      if (path === '/auth/start') return start(request);
      if (path === '/auth/login') return await begin(request);
      if (path === '/auth/callback') return await callback(request);
      if (path === '/auth/exchange') return await exchange(request);
      return undefined;
    } catch (error) {
      // What the provider or somebody with a made-up callback did: the person can only try again.
      onProblem?.(error as Error);
      return page(403, 'Signing in failed', [
        { text: messageOf(error) },
        { text: 'Start again, or ask whoever runs this registry.' },
      ]);
    }
  };
}

function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  return new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
}

function waitingOf(query: URLSearchParams): Waiting | 'invalid' | undefined {
  const [port, challenge = '', state = ''] = [
    query.get('port'),
    query.get('challenge') ?? '',
    query.get('state') ?? '',
  ];
  if (port === null) return undefined;
  const valid = /^\d{4,5}$/.test(port) && Number(port) >= 1024 && Number(port) < 65_536;
  const text = /^[A-Za-z0-9_-]{22,128}$/;
  return valid && text.test(challenge) && text.test(state) ? { port: Number(port), challenge, state } : 'invalid';
}

function cookie(origin: string, value: string, seconds: number): string {
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  return `${cookieName}=${value}; Path=/auth; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

function cookieOf(request: IncomingMessage): string | undefined {
  return /(?:^|; *)lading-login=([A-Za-z0-9._-]+)/.exec(request.headers.cookie ?? '')?.[1];
}
