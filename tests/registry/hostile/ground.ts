// A registry with something to hide: what `owner` has is not for `eve`, who writes to repositories of her own and does what she likes.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@lading/oci';
import { type ServedRegistry, serveRegistry } from '../serve-registry.ts';

export interface Ground {
  readonly server: ServedRegistry;
  /** A repository that only the owner knows of. */
  readonly hidden: string;
  /** What is in it, by its kind. */
  readonly digests: { readonly manifest: string; readonly layer: string; readonly referrer: string };
  /** What nobody but the owner may ever be sent. */
  readonly canaries: readonly string[];
  /** What the hidden layer has, in bytes. */
  readonly layerBytes: number;
  /** A manifest and a blob that eve may read. */
  readonly open: { readonly manifest: string; readonly layer: string };
  readonly credentials: { readonly owner: string; readonly eve: string; readonly token: string };
  close(): Promise<void>;
}

/** `secret of owner` and `secret of eve`. */
const htpasswd = `owner:$2b$04$uKMqZ/cmKcWUjAqVselMp.LYPok5AXhAQ65nMTaEbTztAUrDt3l9G
eve:$2b$04$he9RXkOuX2I170Amn3eUK.fT2KTV4w7IDCve3avRDd/SiJbiylAcS
`;
const config = `server: { idle: 4s }
access:
  htpasswd: htpasswd
  grants:
    - { to: user:owner, repositories: ['**'], role: admin }
    - { to: user:eve, repositories: ['open/**'], role: maintainer }
    - { to: everyone, repositories: ['public/**'], role: reader }
policies:
  rules:
    - { repositories: ['open/sparse'], sparse: true }
    - { repositories: ['**'], sparse: false }
jobs:
  gc: { schedule: false }
  retention: { schedule: false }
  trash: { schedule: false }
`;

/** The caller closes it. */
export async function openGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'lading-hostile-'));
  await writeFile(join(folder, 'htpasswd'), htpasswd);
  await writeFile(join(folder, 'registry.yaml'), config);
  const server = await serveRegistry(['--root', join(folder, 'registry'), '--config', join(folder, 'registry.yaml')]);
  const close = async (): Promise<void> => {
    await server.stop('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const basic = (name: string): string => `Basic ${Buffer.from(`${name}:secret of ${name}`).toString('base64')}`;
    const owner = basic('owner');
    const canary = (): string => `canary${randomBytes(8).toString('hex')}`;
    const hidden = `hidden/${canary()}`;
    const put = async (path: string, method: string, type: string, body: string): Promise<string> => {
      const headers = { authorization: owner, 'content-type': type };
      const response = await fetch(`${server.url}${path}`, { method, headers, body });
      if (response.status !== 201) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return digestOf(body);
    };
    const image = async (repository: string, tag: string, words: readonly string[]) => {
      const [layerText = '', note = '', referrerNote = ''] = words;
      const blob = (text: string): Promise<string> =>
        put(`/v2/${repository}/blobs/uploads/?digest=${digestOf(text)}`, 'POST', 'application/octet-stream', text);
      const layer = await blob(layerText);
      const settings = `{"architecture":"amd64","os":"linux","note":"${note}"}`;
      const manifestOf = async (more: object): Promise<string> =>
        JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: {
            mediaType: 'application/vnd.oci.image.config.v1+json',
            digest: await blob(settings),
            size: settings.length,
          },
          layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: layerText.length }],
          ...more,
        });
      const text = await manifestOf({ annotations: { note } });
      const manifest = await put(`/v2/${repository}/manifests/${tag}`, 'PUT', manifestType, text);
      const subject = { mediaType: manifestType, digest: manifest, size: text.length };
      const referring = await manifestOf({ subject, annotations: { note: referrerNote } });
      const path = `/v2/${repository}/manifests/${digestOf(referring)}`;
      return { layer, manifest, referrer: await put(path, 'PUT', manifestType, referring) };
    };
    const [inLayer, inManifest, inReferrer, tag] = [canary(), canary(), canary(), canary()];
    const layerText = `what nobody else reads: ${inLayer}`;
    const secret = await image(hidden, tag, [layerText, inManifest, inReferrer]);
    const open = await image('open/app', 'latest', ['a layer of eve', 'hers', 'hers, too']);
    await image('public/app', 'latest', ['a layer of all', 'theirs', 'theirs, too']);
    const scope = encodeURIComponent('repository:open/app:pull,push,delete');
    const granted = await fetch(`${server.url}/auth/token?service=x&scope=${scope}`, {
      headers: { authorization: basic('eve') },
    });
    const { token } = (await granted.json()) as { readonly token: string };
    return {
      server,
      hidden,
      digests: secret,
      canaries: [inLayer, inManifest, inReferrer, tag, hidden],
      layerBytes: layerText.length,
      open,
      credentials: { owner, eve: basic('eve'), token: `Bearer ${token}` },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
