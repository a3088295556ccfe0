import type { ImageFacts, ImagePackage } from '@lading/facts';
import { digestOf } from '@lading/oci';

/** A package as facts have it; what does not matter to a test is made up. */
export function samplePackage(
  sample: Partial<ImagePackage> & Pick<ImagePackage, 'type' | 'name' | 'version'>,
): ImagePackage {
  const { type, namespace, name, version } = sample;
  return {
    purl: `pkg:${type}/${namespace === undefined ? '' : `${namespace}/`}${name}@${version}`,
    location: type === 'deb' ? 'var/lib/dpkg/status' : `app/${name}`,
    cataloger: type,
    layer: 0,
    ...sample,
  };
}

export const debian12 = { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' } as const;

/** Facts of an image of two layers that holds just these packages. */
export function sampleFacts(packages: readonly ImagePackage[], rest: Partial<ImageFacts> = {}): ImageFacts {
  return {
    version: 1,
    digest: digestOf(new TextEncoder().encode('image')),
    platform: 'linux/amd64',
    distribution: debian12,
    layers: [
      sampleLayer('base', '/bin/sh -c #(nop) ADD file:0a in / '),
      sampleLayer('app', 'RUN apt-get install -y curl'),
    ],
    packages,
    files: [],
    warnings: [],
    ...rest,
  };
}

function sampleLayer(text: string, instruction: string): ImageFacts['layers'][number] {
  const digest = digestOf(new TextEncoder().encode(text));
  return { digest, diffId: digest, size: 1000, instruction };
}
