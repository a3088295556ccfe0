import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Account, GrantsTo } from './account.ts';
import type { Grant } from './identity.ts';
import { matchesText } from './internal/wildcard.ts';

/** Which client certificates are whose. All that a rule says must fit; the first rule that fits counts. */
export interface CertificateRule {
  /** Such as `CN=build-*` or `O=Example`, each of them one of the subject's attributes. `*` stands for any part. */
  readonly subject: readonly string[];
  /** Such as `DNS:*.ci.example.org`, `URI:spiffe://example.org/*` or `email:ann@example.org`. */
  readonly san: readonly string[];
  /** What names it: the common name, or the first alternative name that fits. */
  readonly name: 'cn' | 'san';
  readonly grants: readonly Grant[];
  readonly grantsTo: GrantsTo;
}

/** Whose certificate a connection was made with, by these rules. The TLS handshake verified it; it is read once per connection. */
export function createCertificateAccounts(
  rules: readonly CertificateRule[],
): (request: IncomingMessage) => Account | undefined {
  const accounts = new WeakMap<Socket, Account | 'nobody'>();
  return (request) => {
    const socket = request.socket as TLSSocket;
    if (rules.length === 0 || socket.encrypted !== true || !socket.authorized) return undefined;
    let account = accounts.get(socket);
    if (account === undefined) {
      account = read(socket, rules);
      accounts.set(socket, account);
    }
    return account === 'nobody' || (account.until ?? 0) < Date.now() ? undefined : account;
  };
}

function read(socket: TLSSocket, rules: readonly CertificateRule[]): Account | 'nobody' {
  const { raw } = socket.getPeerCertificate();
  if (raw === undefined) return 'nobody';
  const certificate = new X509Certificate(raw);
  // One attribute a line, in Node's form; `+` joins those of one relative name, and is escaped within a value.
  const subject = (certificate.subject ?? '').split('\n').flatMap((line) => line.split(/(?<!\\)\+/));
  const names = alternativeNames(certificate.subjectAltName ?? '');
  for (const rule of rules) {
    const fitting = names.filter((name) => rule.san.some((pattern) => matchesText(pattern, name)));
    if (rule.san.length > 0 && fitting.length === 0) continue;
    if (!rule.subject.every((pattern) => subject.some((part) => matchesText(pattern, part)))) continue;
    const common = subject.find((part) => part.startsWith('CN='))?.slice('CN='.length);
    const name = rule.name === 'cn' ? common : fitting[0]?.slice((fitting[0]?.indexOf(':') ?? -1) + 1);
    if (name === undefined || name === '') continue;
    const grants = [...rule.grants, ...rule.grantsTo({ kind: 'certificate', name })];
    return { identity: { kind: 'certificate', name, grants }, until: Date.parse(certificate.validTo) };
  }
  return 'nobody';
}

/** Node writes what could be taken for a separator as a JSON string, so that no name passes for two. */
function alternativeNames(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, type = '', value = '']) => {
    return `${type}:${value.startsWith('"') ? unquoted(value) : value}`;
  });
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return ''; // nothing that a rule could mean
  }
}
