// What tests of policies share: pushing and pulling small things by the protocol.
import { type Descriptor, type Digest, digestOf, encodeJson, mediaTypes } from '@lading/oci';

export interface ProtocolClient {
  call(method: string, path: string, body?: string | Uint8Array, type?: string): Promise<Response>;
  pushBlob(repository: string, text: string): Promise<Response>;
  /** A manifest with one layer of that text, which is not pushed. */
  pushManifest(repository: string, reference: string, layer: string, more?: object): Promise<Response>;
}

export function protocolClient(url: string): ProtocolClient {
  const call: ProtocolClient['call'] = (method, path, body, type) =>
    fetch(url + path, {
      method,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Uint8Array.from(body) }),
      headers: type === undefined ? {} : { 'Content-Type': type },
    });
  return {
    call,
    pushBlob: (repository, text) => call('POST', `/v2/${repository}/blobs/uploads/?digest=${digestOf(text)}`, text),
    pushManifest: (repository, reference, layer, more = {}) =>
      call('PUT', `/v2/${repository}/manifests/${reference}`, manifestWith(layer, more).bytes, mediaTypes.ociManifest),
  };
}

export function manifestWith(
  layer: string,
  more: object = {},
): { readonly bytes: Uint8Array; readonly digest: Digest } {
  const part = (mediaType: string): Descriptor => ({
    mediaType,
    digest: digestOf(layer),
    size: Buffer.byteLength(layer),
  });
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: part(mediaTypes.ociConfig),
    layers: [part(mediaTypes.ociLayer)],
    ...more,
  });
  return { bytes, digest: digestOf(bytes) };
}
