import { fromBuffer } from '@lading/bytes';
import { writeImage, writeIndex, writeLayer } from '@lading/image';
import type { Digest } from '@lading/oci';
import { type OciLayout, openOciLayout } from '@lading/store';
import { writeTar } from '@lading/tar';
import { mixedBytes } from '@lading/testkit';

export interface SampleLayout {
  readonly layout: OciLayout;
  /** Of linux/amd64, tagged `amd64`. */
  readonly image: Digest;
  /** Of linux/amd64 and linux/arm64, tagged `all`. */
  readonly index: Digest;
}

/** An OCI layout with an index of two platforms. They share their lowest layer. */
export async function writeSampleLayout(path: string): Promise<SampleLayout> {
  const layout = await openOciLayout(path, { create: true });
  const layerOf = (name: string, bytes: Buffer): ReturnType<typeof writeLayer> =>
    writeLayer(
      layout,
      writeTar([
        {
          path: name,
          type: 'file',
          mode: 0o644,
          uid: 0,
          gid: 0,
          size: bytes.length,
          mtime: 0,
          content: fromBuffer(bytes),
        },
      ]),
    );
  const base = await layerOf('base', mixedBytes(300_000));
  const imageOf = async (architecture: string): ReturnType<typeof writeImage> => {
    const own = await layerOf('own', Buffer.from(architecture));
    return writeImage(layout, {
      layers: [base.descriptor, own.descriptor],
      annotations: { 'org.opencontainers.image.title': `sample for ${architecture}` },
      config: {
        created: '2024-05-06T07:08:09Z',
        architecture,
        os: 'linux',
        config: {
          User: '1000:1000',
          ExposedPorts: { '8080/tcp': {} },
          Env: ['PATH=/bin', 'GREETING=hello'],
          Entrypoint: ['/bin/app'],
          Cmd: ['--serve'],
          WorkingDir: '/srv',
          Labels: { 'org.example.team': 'sample', 'org.example.escape': '\u001b[31mred' },
        },
        rootfs: { type: 'layers', diff_ids: [base.diffId, own.diffId] },
        history: [
          { created: '2024-05-06T07:08:08Z', created_by: '/bin/sh -c #(nop) COPY base / ' },
          { created: '2024-05-06T07:08:08Z', created_by: 'ENV GREETING=hello', empty_layer: true },
          { created: '2024-05-06T07:08:09Z', created_by: 'RUN /bin/sh -c make own # buildkit' },
        ],
      },
    });
  };
  const image = await imageOf('amd64');
  const index = await writeIndex(layout, { manifests: [image, await imageOf('arm64')] });
  await layout.references.tag('amd64', image);
  await layout.references.tag('all', index);
  return { layout, image: image.digest, index: index.digest };
}
