import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { Database } from '@lading/catalog';
import { LadingError, messageOf } from '@lading/errors';

/** What a purge did: what its receipt says. */
export interface PurgeStatement {
  readonly purge: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601: when it was decided, and when the content was gone. */
  readonly decidedAt: string;
  readonly completedAt: string;
  /** The content. */
  readonly digests: readonly string[];
  /** Manifests that needed it, and were removed for that. */
  readonly manifests: readonly {
    readonly repository: string;
    readonly digest: string;
    readonly tags: readonly string[];
    readonly trashed: boolean;
  }[];
  /** The record of the decision in the journal; absent where the registry has no journal. */
  readonly journalSequence?: number | undefined;
  /** Records of the journal that no longer name the content. */
  readonly redactedRecords: number;
}

/**
 * A statement with the registry's signature on it: Ed25519 over the bytes of `statement`, which is JSON in base64. It is verified with
 * `lading registry verify-receipt`, or with any other program that knows Ed25519.
 */
export interface Receipt {
  readonly statement: string;
  readonly signature: string;
  readonly keyId: string;
  /** SPKI, PEM. Whether it is the registry's is for the reader to know. */
  readonly publicKey: string;
}

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** The registry's key, which all replicas share: made when it is first needed, and kept in the database. */
export async function signingKey(database: Database): Promise<SigningKey> {
  const pem = await database.transaction(async (statements) => {
    const row = await statements.get('SELECT private_key FROM signing_keys ORDER BY created_at DESC, id LIMIT 1');
    if (row !== undefined) return String(row.private_key);
    const fresh = generateKeyPairSync('ed25519').privateKey;
    const text = fresh.export({ type: 'pkcs8', format: 'pem' }) as string;
    await statements.run(
      'INSERT INTO signing_keys (id, private_key, created_at) VALUES (?, ?, ?)',
      keyIdOf(createPublicKey(fresh)),
      text,
      new Date().toISOString(),
    );
    return text;
  });
  const privateKey = createPrivateKey(pem);
  return { id: keyIdOf(createPublicKey(privateKey)), privateKey };
}

export function signStatement(statement: PurgeStatement, { id, privateKey }: SigningKey): Receipt {
  const bytes = Buffer.from(JSON.stringify(statement));
  return {
    statement: bytes.toString('base64'),
    signature: sign(null, bytes, privateKey).toString('base64'),
    keyId: id,
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string,
  };
}

/** What the receipt says, once its signature is found to be good. With `publicKey`, by that key and no other. Throws RECEIPT_INVALID. */
export function verifyReceipt(text: string, publicKey?: string): PurgeStatement {
  try {
    const { statement, signature, publicKey: own } = JSON.parse(text) as Receipt; // anything else fails below
    const key = createPublicKey(publicKey ?? own);
    const bytes = Buffer.from(statement, 'base64');
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('its key is no Ed25519 key');
    if (!verify(null, bytes, key, Buffer.from(signature, 'base64')))
      throw new Error('its signature is not of that key');
    return JSON.parse(bytes.toString()) as PurgeStatement; // what was signed
  } catch (error) {
    throw new LadingError('RECEIPT_INVALID', `Cannot trust the receipt: ${messageOf(error)}`, { cause: error });
  }
}

function keyIdOf(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url').slice(0, 16);
}
