import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LadingError, messageOf, Secret } from '@lading/errors';

/** The keys that tokens are signed with: all replicas share them. */
export interface TokenKeys {
  /** The one that signs now. */
  current(): Promise<TokenKey>;
  /** The one with that id, while tokens that it signed may be valid. */
  find(id: string): Promise<TokenKey | undefined>;
}

export interface TokenKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** For what only the replicas themselves read, such as the state of a login that is under way: 32 bytes. */
  readonly sealingKey: Uint8Array;
}

/** A key as it is kept. */
export interface StoredTokenKey {
  readonly id: string;
  /** PKCS #8, PEM. */
  readonly privateKey: Secret;
  readonly createdAt: Date;
}

/** Where replicas find each other's keys. */
export interface TokenKeyStore {
  /** Those that are younger than `since`, youngest first; before that, adds `fresh` when none is younger than `dueSince`. One decision for all replicas. */
  keys(options: {
    readonly since: Date;
    readonly dueSince: Date;
    readonly fresh: () => StoredTokenKey;
  }): Promise<readonly StoredTokenKey[]>;
}

export interface SharedKeysOptions {
  readonly store: TokenKeyStore;
  /** A key signs for so long: 30 days. */
  readonly rotationMs?: number | undefined;
  /** What a key signed is honoured for so long after it. */
  readonly overlapMs: number;
  readonly now: () => Date;
}

/** Keys of a store: a new one is made when the youngest is due, the others stay until nothing that they signed is valid any more. */
export function createSharedKeys(options: SharedKeysOptions): TokenKeys {
  const { store, rotationMs = 30 * 86_400_000, overlapMs, now } = options;
  let known = new Map<string, TokenKey>();
  let youngest: TokenKey | undefined;
  let dueAt = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const time = now().getTime();
    const keys = await store.keys({
      since: new Date(time - rotationMs - overlapMs),
      dueSince: new Date(time - rotationMs),
      fresh: () => freshKey(new Date(time)),
    });
    known = new Map(keys.map((key) => [key.id, known.get(key.id) ?? tokenKey(key.privateKey.reveal())]));
    const [first] = keys;
    youngest = first === undefined ? undefined : known.get(first.id);
    dueAt = (first?.createdAt.getTime() ?? 0) + rotationMs;
  };
  const reload = (): Promise<void> => {
    asking ??= load().finally(() => {
      asking = undefined;
      askedAt = performance.now();
    });
    return asking;
  };
  return {
    async current() {
      if (youngest === undefined || now().getTime() >= dueAt) await reload();
      if (youngest === undefined) throw new Error('a store of keys gave none');
      return youngest;
    },
    async find(id) {
      // Another replica may have made it just now; made-up ids must not become a question each.
      if (!known.has(id) && performance.now() - askedAt > 1000) await reload();
      return known.get(id);
    },
  };
}

/** Keys of PEM files: the first signs, the others are honoured. To rotate, put a new one first. Throws CONFIGURATION_INVALID. */
export async function readKeyFiles(paths: readonly string[]): Promise<TokenKeys> {
  const keys = await Promise.all(
    paths.map(async (path) => {
      try {
        return tokenKey(await readFile(path, 'utf8'));
      } catch (cause) {
        throw new LadingError('CONFIGURATION_INVALID', `Cannot use the key ${path}: ${messageOf(cause)}`, {
          hint: '`openssl genpkey -algorithm ed25519` makes one.',
          cause,
        });
      }
    }),
  );
  const [first] = keys;
  if (first === undefined) throw new Error('a list of key files is never empty');
  return { current: async () => first, find: async (id) => keys.find((key) => key.id === id) };
}

/** A store for one process: its tokens end with it. */
export function memoryKeyStore(): TokenKeyStore {
  let kept: readonly StoredTokenKey[] = [];
  return {
    async keys({ since, dueSince, fresh }) {
      if (!kept.some(({ createdAt }) => createdAt > dueSince)) kept = [fresh(), ...kept];
      kept = kept.filter(({ createdAt }) => createdAt > since);
      return kept;
    },
  };
}

function freshKey(createdAt: Date): StoredTokenKey {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { id: tokenKey(pem).id, privateKey: new Secret(pem), createdAt };
}

function tokenKey(pem: string): TokenKey {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('it is not an Ed25519 key');
  const publicKey = createPublicKey(privateKey);
  const digest = (of: string | Buffer): Buffer => createHash('sha256').update(of).digest();
  const id = digest(publicKey.export({ type: 'spki', format: 'der' }))
    .toString('base64url')
    .slice(0, 16);
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  return { id, privateKey, publicKey, sealingKey: digest(Buffer.concat([Buffer.from('lading sealing\0'), der])) };
}
