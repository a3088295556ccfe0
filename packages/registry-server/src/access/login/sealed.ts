import type { TokenKeys } from '../tokens/token-keys.ts';

/** Something that the registry gives a browser to bring back, to whichever replica: nobody else can read or change it. */
export interface Sealer {
  /** `purpose` tells one kind from the others. */
  seal(purpose: string, value: Readonly<Record<string, unknown>>, seconds: number): Promise<string>;
  /** Undefined when it is not of this registry and purpose, or has ended. */
  unseal(purpose: string, text: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** JWTs encrypted with AES-256-GCM (RFC 7516), under the keys that sign tokens. */
export function createSealer(keys: TokenKeys, now: () => Date): Sealer {
  return {
    async seal(purpose, value, seconds) {
      const [{ EncryptJWT }, key] = await Promise.all([import('jose'), keys.current()]);
      const issued = Math.floor(now().getTime() / 1000);
      return new EncryptJWT({ value })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id, typ: purpose })
        .setExpirationTime(issued + seconds)
        .encrypt(key.sealingKey);
    },
    async unseal(purpose, text) {
      if (text.length > 8192) return undefined;
      const { errors, jwtDecrypt } = await import('jose');
      try {
        const decrypted = await jwtDecrypt(
          text,
          async ({ kid }) => {
            const key = typeof kid === 'string' ? await keys.find(kid) : undefined;
            if (key === undefined) throw new errors.JWKSNoMatchingKey();
            return key.sealingKey;
          },
          {
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
            typ: purpose,
            requiredClaims: ['exp'],
            currentDate: now(),
          },
        );
        return decrypted.payload.value as Readonly<Record<string, unknown>>; // sealed above
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
