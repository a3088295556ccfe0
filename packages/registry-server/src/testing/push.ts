// How the tests of this package push: by the protocol, with as little as it needs.
import assert from 'node:assert/strict';
import { type Digest, type DigestAlgorithm, digestOf, encodeJson, mediaTypes } from '@lading/oci';
import type { TestRegistry } from './test-registry.ts';

export const octets = { 'Content-Type': 'application/octet-stream' };

export async function pushBlob(
  registry: Pick<TestRegistry, 'url'>,
  name: string,
  content: string | Uint8Array,
  algorithm: DigestAlgorithm = 'sha256',
): Promise<Digest> {
  const digest = digestOf(content, algorithm);
  const answer = await fetch(`${registry.url}/v2/${name}/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    headers: octets,
    body: content,
  });
  assert.equal(answer.status, 201);
  return digest;
}

/** An image of one layer, with its parts; under its digest unless another reference is given. `more` overrides members of the manifest. */
export async function pushManifest(
  registry: Pick<TestRegistry, 'url'>,
  name: string,
  reference: string | undefined,
  more: object = {},
  headers: Record<string, string> = {},
): Promise<{ answer: Response; digest: Digest }> {
  const config = await pushBlob(registry, name, '{}');
  const layer = await pushBlob(registry, name, 'layer');
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: config, size: 2 },
    layers: [{ mediaType: mediaTypes.ociLayer, digest: layer, size: 5 }],
    ...more,
  });
  const digest = digestOf(bytes);
  const answer = await putManifest(registry, `${name}/manifests/${reference ?? digest}`, bytes, headers);
  return { answer, digest };
}

/** `path` is what follows `/v2/`, as in `app/manifests/v1`. */
export function putManifest(
  registry: Pick<TestRegistry, 'url'>,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${registry.url}/v2/${path}`, {
    method: 'PUT',
    headers: { 'Content-Type': mediaTypes.ociManifest, ...headers },
    body,
  });
}

/** The code of the first error. */
export async function errorOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { errors: { code: string }[] }).errors[0]?.code ?? '';
}
