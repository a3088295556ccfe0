import { type Digest, isDigest } from '@lading/oci';
import { type Answer, empty, problem } from './answer.ts';
import { type Exchange, header, type Registry } from './exchange.ts';
import { parseRange } from './internal/range.ts';
import { sendFile } from './internal/send-file.ts';

/** distribution-spec 1.1 §pulling blobs, whole or a range (RFC 9110 §14). */
export async function getBlob(registry: Registry, name: string, digest: string, exchange: Exchange): Promise<Answer> {
  if (!isDigest(digest)) return problem(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  const size = await registry.catalog.blob(name, digest);
  if (size === undefined) return unknownBlob(name, digest);
  const refusal = registry.policy.cautionOf(name, digest)?.refusal;
  if (refusal !== undefined) return refusal;
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    ETag: `"${digest}"`,
    'Cache-Control': 'max-age=31536000, immutable',
  };
  if (header(exchange, 'if-none-match')?.includes(`"${digest}"`)) return empty(304, headers);
  const range = parseRange(header(exchange, 'range'), size);
  if (range.kind === 'unsatisfiable') {
    return problem(416, 'SIZE_INVALID', `The blob has ${size} bytes`, {
      headers: { 'Content-Range': `bytes */${size}` },
    });
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: size };
  const partial = range.kind === 'part' ? { 'Content-Range': `bytes ${start}-${end - 1}/${size}` } : {};
  const answer = {
    status: range.kind === 'part' ? 206 : 200,
    headers: { ...headers, ...partial, 'Content-Length': end - start },
  };
  if (exchange.method === 'HEAD') return answer;

  // Opened before the first header goes out, so that content that is gone is an error answer, not a broken stream.
  const path = registry.content.localPath?.(digest);
  if (path !== undefined && (await registry.content.stat(digest)) !== undefined) {
    return { ...answer, body: (response, signal) => sendFile(response, path, { start, end }, signal) };
  }
  const content = await registry.content.open(digest, { range: { start, end }, signal: exchange.signal });
  return {
    ...answer,
    async body(response) {
      for await (const chunk of content) {
        if (!response.write(chunk))
          await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
        if (response.destroyed) return;
      }
      response.end();
    },
  };
}

/** distribution-spec 1.1 §deleting blobs: the repository loses the blob; others that have it keep it. */
export async function deleteBlob(registry: Registry, name: string, digest: string): Promise<Answer> {
  if (!isDigest(digest)) return problem(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  return (await registry.catalog.unlinkBlob(name, digest)) ? empty(202) : unknownBlob(name, digest);
}

function unknownBlob(name: string, digest: Digest): Answer {
  return problem(404, 'BLOB_UNKNOWN', `The repository ${name} has no blob ${digest}`, { detail: { name, digest } });
}
