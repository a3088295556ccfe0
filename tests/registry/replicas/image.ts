import { digestOf } from '@lading/oci';

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

export interface Image {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly blobs: readonly Buffer[];
}

/** Images of one name share their blobs; those of different rounds are different manifests. */
export function imageOf(name: string, round: string): Image {
  const [config, layer] = [Buffer.from('{"architecture":"amd64","os":"linux"}'), Buffer.from(`a layer, ${name}`)];
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: types.layer, digest: digestOf(layer), size: layer.length }],
      annotations: { 'org.example.round': round },
    }),
  );
  return { digest: digestOf(bytes), bytes, blobs: [config, layer] };
}
