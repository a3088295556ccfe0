import { fromBuffer } from '@lading/bytes';
import type { Descriptor, ImageConfig, Platform } from '@lading/oci';
import type { Repository } from '@lading/store';
import { writeTar } from '@lading/tar';
import { writeImage } from '../write-image.ts';
import { type WriteLayerOptions, writeLayer } from '../write-layer.ts';

export interface SampleImageOptions {
  readonly platform?: Platform;
  /** One layer for each, with a file of this text. */
  readonly texts?: readonly string[];
  readonly compression?: WriteLayerOptions['compression'];
  readonly format?: 'oci' | 'docker';
}

/** A small image for tests of this package: `/file<n>` holds the nth text. */
export async function sampleImage(repository: Repository, options: SampleImageOptions = {}): Promise<Descriptor> {
  const { platform = { os: 'linux', architecture: 'amd64' }, texts = ['one', 'two'], compression, format } = options;
  const layers = [];
  for (const [at, text] of texts.entries()) {
    const data = Buffer.from(text);
    const header = { path: `file${at}`, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
    const tar = writeTar([{ ...header, size: data.length, content: fromBuffer(data) }]);
    layers.push(await writeLayer(repository, tar, { compression, format }));
  }
  const config: ImageConfig = {
    ...platform,
    config: { Cmd: ['/bin/true'], Labels: { mark: texts.join(',') } },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map((_, at) => ({ created_by: `step ${at}` })),
  };
  return writeImage(repository, { config, layers: layers.map((layer) => layer.descriptor), format });
}
