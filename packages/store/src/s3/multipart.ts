import type { Io } from '@lading/bytes';
import type { Bucket } from './bucket.ts';
import { answered } from './s3-failure.ts';

/** A part that the service has. Part numbers are 1, 2, 3, …: its place in a list plus one. */
export interface Part {
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

export interface ListedPart extends Part {
  readonly number: number;
  readonly modifiedAt: Date;
}

/** Begins a multipart upload to a key; nothing is visible there until it is completed. Amazon S3 API, CreateMultipartUpload. */
export async function createUpload(bucket: Bucket, key: string, io?: Io): Promise<string> {
  const { sdk, client } = bucket.options;
  return bucket.run(`begin ${key}`, io, async (http) => {
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(bucket.at(key)), http);
    if (UploadId === undefined) throw new Error('the service gave no upload id');
    return UploadId;
  });
}

/** Sending the same part again replaces it. The body must not change until this settles. `undefined` when the upload is gone. */
export async function uploadPart(
  bucket: Bucket,
  key: string,
  upload: string,
  number: number,
  body: Uint8Array,
  io?: Io,
): Promise<Part | undefined> {
  const { sdk, client } = bucket.options;
  const input = { ...bucket.at(key), UploadId: upload, PartNumber: number, Body: body, ContentLength: body.length };
  return bucket.run(`write part ${number} of ${key}`, io, async (http) => {
    try {
      const { ETag } = await client.send(new sdk.UploadPartCommand(input), http);
      return { etag: ETag ?? '', size: body.length };
    } catch (error) {
      if (answered(error, 'NoSuchUpload')) return undefined;
      throw error;
    }
  });
}

/** Every part that the service has, by number; `undefined` when the upload was completed or aborted. */
export async function listParts(
  bucket: Bucket,
  key: string,
  upload: string,
  io?: Io,
): Promise<readonly ListedPart[] | undefined> {
  const { sdk, client } = bucket.options;
  const parts: ListedPart[] = [];
  for (let marker: string | undefined; ; ) {
    const input = {
      ...bucket.at(key),
      UploadId: upload,
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    };
    const page = await bucket.run(`list the parts of ${key}`, io, async (http) => {
      try {
        return await client.send(new sdk.ListPartsCommand(input), http);
      } catch (error) {
        if (answered(error, 'NoSuchUpload')) return undefined;
        throw error;
      }
    });
    if (page === undefined) return undefined;
    for (const { PartNumber = 0, ETag = '', Size = 0, LastModified } of page.Parts ?? []) {
      parts.push({ number: PartNumber, etag: ETag, size: Size, modifiedAt: LastModified ?? new Date(0) });
    }
    if (page.IsTruncated !== true) return parts;
    marker = page.NextPartNumberMarker;
  }
}

/** The uploads under a prefix that were neither completed nor aborted. */
export async function* listUploads(
  bucket: Bucket,
  prefix: string,
  io?: Io,
): AsyncGenerator<{ readonly key: string; readonly upload: string; readonly beganAt: Date }, void, undefined> {
  const { sdk, client, name, prefix: root } = bucket.options;
  for (let marker = {}; ; ) {
    const input = { Bucket: name, Prefix: root + prefix, ...marker };
    const page = await bucket.run(`list uploads of ${prefix}`, io, (http) =>
      client.send(new sdk.ListMultipartUploadsCommand(input), http),
    );
    for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? []) {
      yield { key: Key.slice(root.length), upload: UploadId, beganAt: Initiated ?? new Date() };
    }
    if (page.IsTruncated !== true) return;
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

/** Frees the parts. An upload that is gone is fine. */
export async function abortUpload(bucket: Bucket, key: string, upload: string, io?: Io): Promise<void> {
  const { sdk, client } = bucket.options;
  await bucket.run(`abort ${key}`, io, async (http) => {
    try {
      await client.send(new sdk.AbortMultipartUploadCommand({ ...bucket.at(key), UploadId: upload }), http);
    } catch (error) {
      if (!answered(error, 'NoSuchUpload')) throw error;
    }
  });
}
