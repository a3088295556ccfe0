import { hash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answer } from '../answer.ts';
import type { Account, Subject } from './account.ts';
import { type Credential, parseCredential } from './credential.ts';
import type { Identity } from './identity.ts';
import { Recent } from './internal/recent.ts';
import type { ScopeEntry } from './tokens/scope.ts';

/** A credential that was accepted, remembered so that the next request with it is cheap. */
export interface Session {
  readonly identity: Identity;
}

export interface Sessions {
  /** Without waiting: a session for this Authorization header that was looked at within the last second. */
  find(header: string): Session | undefined;
  /** A refusal of the password, or what is wrong with the header. */
  open(header: string, request: IncomingMessage): Promise<Session | Answer | { readonly fault: string }>;
  /** Whose name and password these are, from memory where they were accepted before. */
  account(name: string, secret: string, request: IncomingMessage): Promise<Account | Answer>;
}

export interface SessionsOptions {
  readonly now: () => Date;
  readonly authenticate: (name: string, secret: string, request: IncomingMessage) => Promise<Account | Answer>;
  readonly recall: (subject: Subject, stamp: string) => Promise<Account | undefined>;
  readonly readToken: (token: string) => Promise<TokenAccount | undefined>;
  readonly narrow: (account: Account, scopes: readonly ScopeEntry[]) => Identity;
}

export interface TokenAccount {
  readonly account: Account;
  readonly scopes: readonly ScopeEntry[];
  readonly expiresAt: number;
}

interface Kept extends Session {
  readonly account: Account;
  /** Of a token. */
  readonly scopes?: readonly ScopeEntry[] | undefined;
  readonly expiresAt: number;
  checkedAt: number;
}

/** A credential that was changed or disabled is out after so long, on every replica. */
const recheckMs = 1000;
const mostKept = 20_000;

export function createSessions(options: SessionsOptions): Sessions {
  const { now, authenticate, recall, readToken, narrow } = options;
  // Tokens are remembered as they are, for they end soon. Of passwords only a keyed digest is kept.
  const byToken = new Recent<string, Kept>(mostKept);
  const byPassword = new Recent<string, Kept>(mostKept);
  const opening = new Map<string, Promise<Account | Answer>>();
  const keyed = createKeyedDigest();

  const isFresh = (kept: Kept): boolean => {
    const time = now().getTime();
    return time < kept.checkedAt + recheckMs && time < kept.expiresAt;
  };
  /** The kept session again after a look at the account, or undefined when it is over. */
  const recheck = async (kept: Kept): Promise<Kept | undefined> => {
    const time = now().getTime();
    const { account, scopes, expiresAt } = kept;
    if (time >= expiresAt) return undefined;
    kept.checkedAt = time;
    if (account.stamp === undefined) return kept;
    const current = await recall(account.identity, account.stamp).catch((error: unknown) => {
      // Nobody knows whether it still holds: the next request asks again, too.
      kept.checkedAt = Number.NEGATIVE_INFINITY;
      throw error;
    });
    if (current === undefined) return undefined;
    if (current.identity.grants === account.identity.grants) return kept;
    const identity = scopes === undefined ? current.identity : narrow(current, scopes);
    return { identity, account: current, scopes, expiresAt, checkedAt: time };
  };

  const openToken = async (
    token: string,
    header: string,
    request: IncomingMessage,
  ): Promise<Session | { fault: string }> => {
    const known = byToken.get(header);
    const again = known === undefined ? undefined : isFresh(known) ? known : await recheck(known);
    if (again !== undefined) {
      if (again !== known) byToken.set(header, again);
      return again;
    }
    byToken.delete(header);
    const read = await readToken(token);
    if (read === undefined) return { fault: 'The token is not valid, or not any more' };
    const time = now().getTime();
    const identity = narrow(read.account, read.scopes);
    if (time >= read.expiresAt) {
      // Its upload began in time: many clients cannot send a stream again with another token.
      return isUnderWay(request) ? { identity } : { fault: 'The token has expired' };
    }
    const kept = { identity, ...read, checkedAt: time };
    byToken.set(header, kept);
    return kept;
  };

  const openPassword = async (name: string, secret: string, request: IncomingMessage): Promise<Kept | Answer> => {
    const key = keyed(basicHeader(name, secret));
    const known = byPassword.get(key);
    const again = known === undefined ? undefined : isFresh(known) ? known : await recheck(known);
    if (again !== undefined) {
      if (again !== known) byPassword.set(key, again);
      return again;
    }
    byPassword.delete(key);
    // Clients send several requests at once; a password is verified for all of them together.
    let attempt = opening.get(key);
    if (attempt === undefined) {
      attempt = authenticate(name, secret, request).finally(() => opening.delete(key));
      opening.set(key, attempt);
    }
    const account = await attempt;
    if ('status' in account) return account;
    const expiresAt = account.until ?? Number.POSITIVE_INFINITY;
    const kept: Kept = { identity: account.identity, account, expiresAt, checkedAt: now().getTime() };
    byPassword.set(key, kept);
    return kept;
  };

  return {
    find(header) {
      const kept = header.startsWith('Bearer ') ? byToken.get(header) : byPassword.get(keyed(header));
      return kept !== undefined && isFresh(kept) ? kept : undefined;
    },
    async open(header, request) {
      const credential: Credential | undefined = parseCredential(header);
      if (credential === undefined) return { fault: 'The Authorization header cannot be read' };
      return credential.kind === 'bearer'
        ? openToken(credential.token, header, request)
        : openPassword(credential.name, credential.secret, request);
    },
    async account(name, secret, request) {
      const kept = await openPassword(name, secret, request);
      return 'account' in kept ? kept.account : kept;
    },
  };
}

function isUnderWay({ method, url = '' }: IncomingMessage): boolean {
  return (method === 'PATCH' || method === 'PUT') && /\/blobs\/uploads\/[^/?]/.test(url);
}

/** As clients write it: what is remembered is found by it without being decoded. */
function basicHeader(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/** HMAC-SHA-256 (RFC 2104) with a key of this process, by one-shot hashes: a tenth of the time of node:crypto's Hmac objects. */
function createKeyedDigest(): (text: string) => string {
  const key = randomBytes(64);
  const inner = Buffer.alloc(64 + (32 << 10));
  const outer = Buffer.alloc(64 + 32);
  for (const [i, byte] of key.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return (text) => {
    // Headers come as Latin-1, and node:http takes none that is longer than this.
    const end = 64 + inner.write(text, 64, 'latin1');
    hash('sha256', inner.subarray(0, end), 'buffer').copy(outer, 64);
    return hash('sha256', outer, 'base64');
  };
}
