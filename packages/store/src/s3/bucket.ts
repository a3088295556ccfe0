import type { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { answered, s3Failure } from './s3-failure.ts';

export interface BucketOptions {
  /** Imported when a store is opened, because it takes a quarter of a second. */
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  /** For requests whose answer may take minutes. It asks once: whoever uses it has to look what became of it before asking again. */
  readonly patient: Sdk.S3Client;
  /** How often a request is made before it fails. */
  readonly attempts: number;
  /** How long a service may take to make one object of many parts. */
  readonly assemblyMs: number;
  readonly name: string;
  /** Before every key; empty, or ends with a slash. */
  readonly prefix: string;
}

export interface ObjectInfo {
  /** Bytes. */
  readonly size: number;
  /** Changes with the content. */
  readonly etag: string;
  /** Whole seconds. */
  readonly modifiedAt: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ObjectBody {
  readonly info: ObjectInfo;
  /** Read it to its end or destroy it: a connection hangs on it. */
  readonly body: Readable;
}

export interface PutOptions extends Io {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Only over the object with this ETag; `null`: only where there is no object. */
  readonly over?: string | null | undefined;
}

/** The ETag where it was put; `undefined` when `over` did not hold. */
export type PutOutcome = string | undefined;

export interface Listed {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

/** The objects of a bucket under a prefix. Absent objects and conditions that do not hold are data; the rest is thrown as LadingErrors. */
export class Bucket {
  /** For messages: `s3://bucket/prefix`. */
  readonly where: string;
  readonly options: BucketOptions;

  constructor(options: BucketOptions) {
    this.options = options;
    this.where = `s3://${options.name}/${options.prefix}`;
  }

  close(): void {
    this.options.client.destroy();
    this.options.patient.destroy();
  }

  /** Bucket and key, as every request wants them. */
  at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.name, Key: this.options.prefix + key };
  }

  /** Runs a request with the signal, and turns what it throws into LadingErrors. */
  async run<T>(
    what: string,
    io: Io | undefined,
    call: (http: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(io?.signal);
    try {
      return await call(io?.signal === undefined ? {} : { abortSignal: io.signal });
    } catch (error) {
      throw s3Failure(error, what, this.where, io);
    }
  }

  async put(key: string, body: Uint8Array, { metadata, over, signal }: PutOptions = {}): Promise<PutOutcome> {
    const { sdk, client } = this.options;
    return this.run(`write ${key}`, { signal }, async (http) => {
      const command = new sdk.PutObjectCommand({
        ...this.at(key),
        Body: body,
        ContentLength: body.length,
        ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
        ...(over === null ? { IfNoneMatch: '*' } : over === undefined ? {} : { IfMatch: over }),
      });
      try {
        return (await client.send(command, http)).ETag ?? '';
      } catch (error) {
        if (over !== undefined && conditionFailed(error)) return undefined;
        throw error;
      }
    });
  }

  async head(key: string, io?: Io): Promise<ObjectInfo | undefined> {
    const { sdk, client } = this.options;
    return this.run(`look for ${key}`, io, async (http) => {
      try {
        return infoOf(await client.send(new sdk.HeadObjectCommand(this.at(key)), http));
      } catch (error) {
        if (answered(error, 'NotFound', 'NoSuchKey')) return undefined;
        throw error;
      }
    });
  }

  /** A URL with which anybody can read the object for so long, without asking the service about it now. */
  async presign(key: string, ttlMs: number): Promise<string> {
    const { sdk, client } = this.options;
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    return this.run(`sign a request for ${key}`, undefined, () =>
      getSignedUrl(client, new sdk.GetObjectCommand(this.at(key)), { expiresIn: Math.ceil(ttlMs / 1000) }),
    );
  }

  /** With `start` and `end` (exclusive, past `start`) only these bytes. */
  async get(key: string, io: Io & { start?: number; end?: number } = {}): Promise<ObjectBody | undefined> {
    const { sdk, client } = this.options;
    return this.run(`read ${key}`, io, async (http) => {
      const { start, end } = io;
      const range = start === undefined ? {} : { Range: `bytes=${start}-${end === undefined ? '' : end - 1}` };
      try {
        const answer = await client.send(new sdk.GetObjectCommand({ ...this.at(key), ...range }), http);
        return { info: infoOf(answer), body: answer.Body as Readable };
      } catch (error) {
        if (answered(error, 'NoSuchKey')) return undefined;
        throw error;
      }
    });
  }

  /** Keys in byte order, without the store's prefix; only those after `after` where it is given. */
  async *list(
    prefix: string,
    io?: Io & { readonly after?: string | undefined },
  ): AsyncGenerator<Listed, void, undefined> {
    const { sdk, client, name, prefix: root } = this.options;
    for (let token: string | undefined; ; ) {
      const input = {
        Bucket: name,
        Prefix: root + prefix,
        ...(io?.after === undefined ? {} : { StartAfter: root + io.after }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      };
      const page = await this.run(`list ${prefix}`, io, (http) =>
        client.send(new sdk.ListObjectsV2Command(input), http),
      );
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
        yield { key: Key.slice(root.length), size: Size, modifiedAt: LastModified ?? new Date(0) };
      }
      if (page.IsTruncated !== true) return;
      token = page.NextContinuationToken;
    }
  }

  /** Absent ones are fine. One request for up to 1000 keys. */
  async delete(keys: readonly string[], io?: Io): Promise<void> {
    const { sdk, client, name } = this.options;
    for (let at = 0; at < keys.length; at += 1000) {
      const some = keys.slice(at, at + 1000);
      await this.run(`delete ${some[0]}`, io, async (http) => {
        if (some.length === 1)
          return void (await client.send(new sdk.DeleteObjectCommand(this.at(some[0] ?? '')), http));
        const Objects = some.map((key) => ({ Key: this.at(key).Key }));
        const { Errors = [] } = await client.send(
          new sdk.DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } }),
          http,
        );
        const [first] = Errors;
        if (first !== undefined) throw Object.assign(new Error(first.Message), { name: first.Code, $metadata: {} });
      });
    }
  }

  /** Deletes the object only while it has this ETag. False when it has another one or is gone. */
  async deleteVersion(key: string, etag: string, io?: Io): Promise<boolean> {
    const { sdk, client } = this.options;
    return this.run(`delete ${key}`, io, async (http) => {
      try {
        await client.send(new sdk.DeleteObjectCommand({ ...this.at(key), IfMatch: etag }), http);
        return true;
      } catch (error) {
        if (conditionFailed(error)) return false;
        // Not every service has this condition; what is lost without it is told at SweepGate.
        if (!answered(error, 'NotImplemented')) throw error;
        await client.send(new sdk.DeleteObjectCommand(this.at(key)), http);
        return true;
      }
    });
  }
}

/**
 * The condition of a conditional request did not hold; 409 when another request on the same key was under way, which versitygw calls
 * ExistingObjectIsDirectory where a delete met a write.
 */
function conditionFailed(error: unknown): boolean {
  const names = [
    'PreconditionFailed',
    'ConditionalRequestConflict',
    'ExistingObjectIsDirectory',
    'NoSuchKey',
    'NotFound',
  ];
  return answered(error, ...names);
}

function infoOf(answer: {
  ContentLength?: number | undefined;
  ContentRange?: string | undefined;
  ETag?: string | undefined;
  LastModified?: Date | undefined;
  Metadata?: Record<string, string> | undefined;
}): ObjectInfo {
  const whole = answer.ContentRange?.split('/')[1];
  return {
    size: whole === undefined ? (answer.ContentLength ?? 0) : Number(whole),
    etag: answer.ETag ?? '',
    modifiedAt: answer.LastModified ?? new Date(0),
    metadata: answer.Metadata ?? {},
  };
}
