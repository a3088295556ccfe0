// What the tests of access share: a registry with users in a htpasswd file, and grants for them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { hashSync } from 'bcryptjs';
import type { Access } from '../access/access.ts';
import type { AccountSource, GrantsTo } from '../access/account.ts';
import { type AccessOptions, createAccess } from '../access/create-access.ts';
import { createGrants, type GrantRule, roles } from '../access/grants.ts';
import { openHtpasswd } from '../access/passwords/htpasswd.ts';
import { createPasswordWorkers } from '../access/passwords/password-workers.ts';
import { type CountedEvent, createSecurityEvents } from '../access/security-events.ts';
import { createTokens, type TokensOptions } from '../access/tokens/token.ts';
import { createSharedKeys, memoryKeyStore } from '../access/tokens/token-keys.ts';

export interface TestAccess {
  readonly access: Access;
  readonly htpasswd: string;
  readonly reported: CountedEvent[];
  /** The clock of everything but rate limits. */
  readonly clock: { now: Date };
}

/** ann administrates, bob writes to team/**, everybody reads public/**. Passwords are `secret of NAME`. */
const rules: readonly GrantRule[] = [
  { to: ['user:ann'], repositories: ['**'], actions: roles.admin ?? [] },
  { to: ['user:bob'], repositories: ['team/**'], actions: roles.writer ?? [] },
  { to: ['everyone'], repositories: ['public/**'], actions: ['pull'] },
];

export const basic = (name: string, secret: string = `secret of ${name}`): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
});

export interface TestAccessOptions extends Partial<AccessOptions> {
  readonly rules?: readonly GrantRule[];
  readonly more?: (grantsTo: GrantsTo) => readonly AccountSource[];
  readonly tokenOptions?: Partial<TokensOptions>;
}

export async function testAccess(t: TestContext, options: TestAccessOptions = {}): Promise<TestAccess> {
  const htpasswd = join(await temporaryFolder(t), 'htpasswd');
  await writeFile(
    htpasswd,
    ['ann', 'bob', 'eve'].map((name) => `${name}:${hashSync(`secret of ${name}`, 4)}`).join('\n'),
  );
  const clock = { now: new Date() };
  const now = (): Date => clock.now;
  const workers = createPasswordWorkers();
  const grantsTo = createGrants(options.rules ?? rules, new Map());
  const reported: CountedEvent[] = [];
  const events = createSecurityEvents({ everyMs: 5, report: async (all) => void reported.push(...all) });
  t.after(async () => {
    await workers.close();
    await events.close();
  });
  const service = 'registry.test';
  const keys = createSharedKeys({ store: memoryKeyStore(), overlapMs: 90 * 86_400_000, now });
  const lifetimes = { accessMs: 3_600_000, refreshMs: 90 * 86_400_000, graceMs: 12 * 3_600_000 };
  const tokens = createTokens({ keys, service, ...lifetimes, now, ...options.tokenOptions });
  const users = await openHtpasswd({ path: htpasswd, workers, grantsTo, recheckMs: 0 });
  const sources = [users, ...(options.more?.(grantsTo) ?? [])];
  const access = createAccess({ service, tokens, sources, grantsTo, events, now, ...options });
  return { access, htpasswd, reported, clock };
}

export interface TokenAnswer {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope: string;
  readonly refresh_token?: string;
}

export async function tokenFor(
  url: string,
  scopes: readonly string[],
  headers: Record<string, string> = {},
  more = '',
): Promise<TokenAnswer> {
  const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join('');
  const answer = await fetch(`${url}/auth/token?service=registry.test${query}${more}`, { headers });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as TokenAnswer;
}

/** Puts an image of two small blobs into a repository. */
export async function pushImage(
  url: string,
  repository: string,
  tag: string,
  headers: Record<string, string>,
): Promise<{ readonly digest: string; readonly layer: string }> {
  const blob = async (text: string): Promise<{ digest: string; size: number }> => {
    const digest = digestOf(text);
    const answer = await fetch(`${url}/v2/${repository}/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/octet-stream' },
      body: text,
    });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return { digest, size: text.length };
  };
  const layer = await blob(`layer of ${repository}`);
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, ...(await blob('{"architecture":"amd64","os":"linux"}')) },
    layers: [{ mediaType: mediaTypes.ociLayer, ...layer }],
  });
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'Content-Type': mediaTypes.ociManifest },
    body: bytes,
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return { digest: digestOf(bytes), layer: layer.digest };
}
