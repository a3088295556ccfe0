import { fromBuffer } from '@lading/bytes';
import { type Image, writeImage, writeIndex, writeLayer } from '@lading/image';
import type { Descriptor, Digest, ImageConfig } from '@lading/oci';
import { type OciLayout, openOciLayout } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { mixedBytes } from '@lading/testkit';

export type SampleEntry = Partial<Omit<TarEntryInput, 'path' | 'content' | 'xattrs'>> & {
  readonly path: string;
  readonly text?: string | Buffer;
  readonly xattrs?: Readonly<Record<string, string>>;
};

/** Entries as short as tests like to write them: a path with a slash at its end is a folder, anything else a file. */
export function entry({ path, text = '', xattrs, ...more }: SampleEntry): TarEntryInput {
  const folder = path.endsWith('/');
  const data = Buffer.from(text);
  return {
    path: folder ? path.slice(0, -1) : path,
    type: folder ? 'directory' : 'file',
    mode: folder ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: 1_600_000_000,
    ...(xattrs === undefined
      ? {}
      : { xattrs: new Map(Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value)])) }),
    ...more,
    size: data.length,
    content: fromBuffer(data),
  };
}

export interface SampleImageOptions {
  readonly architecture?: string;
  readonly compression?: 'none' | 'gzip' | 'zstd';
  /** An image of the same layout that these layers lie on. */
  readonly below?: Image;
}

/** Writes an image of these layers. */
export async function sampleImage(
  layout: OciLayout,
  layers: readonly (readonly SampleEntry[])[],
  { architecture = 'amd64', compression = 'gzip', below }: SampleImageOptions = {},
): Promise<Descriptor> {
  const written = [];
  for (const entries of layers) {
    written.push(await writeLayer(layout, writeTar(entries.map(entry)), { compression }));
  }
  const all = [...(below?.layers ?? []), ...written];
  const config: ImageConfig = {
    created: '2024-05-06T07:08:09Z',
    architecture,
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sample'], Labels: { 'org.example.sample': architecture } },
    rootfs: { type: 'layers', diff_ids: all.map((layer) => layer.diffId) },
    history: all.map((_, at) => ({ created: '2024-05-06T07:08:09Z', created_by: `layer ${at}` })),
  };
  return writeImage(layout, { config, layers: all.map((layer) => layer.descriptor) });
}

/** An index of linux/amd64, linux/arm64 and linux/arm/v7 whose images share their lowest layer. */
export async function sampleIndex(path: string, tag: string): Promise<{ layout: OciLayout; digest: Digest }> {
  const layout = await openOciLayout(path, { create: true });
  const base = mixedBytes(400_000, tag.length);
  const manifests: Descriptor[] = [];
  for (const architecture of ['amd64', 'arm64', 'arm']) {
    const image = await sampleImage(layout, [[{ path: 'base', text: base }], [{ path: 'own', text: architecture }]], {
      architecture,
    });
    const variant = architecture === 'arm' ? { variant: 'v7' } : {};
    manifests.push({ ...image, platform: { os: 'linux', architecture, ...variant } });
  }
  const index = await writeIndex(layout, { manifests });
  await layout.references.tag(tag, index);
  return { layout, digest: index.digest };
}
