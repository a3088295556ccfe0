import { type Digest, digestOf, mediaTypes } from '@lading/oci';
import type { Random } from '../crash/random.ts';
import { type Blob, blobOf, descriptor, layerOf, manifestOf } from './blobs.ts';

const repositories = ['app', 'team/one', 'team/two'];
const layerCount = 16;
const tagCount = 6;

/** Pushes, pulls, deletes and moves by chance, at any of the replicas, and notes what must not happen. */
export class Client {
  readonly #urls: readonly string[];
  readonly #random: Random;
  readonly #faults: string[];
  readonly #leaseMs: number;
  /** Pushes that took longer than the leases of their blobs. */
  slowPushes = 0;

  constructor(urls: readonly string[], random: Random, faults: string[], leaseMs: number) {
    this.#urls = urls;
    this.#random = random;
    this.#faults = faults;
    this.#leaseMs = leaseMs;
  }

  async act(): Promise<string> {
    const repository = repositories[this.#random.below(repositories.length)] ?? 'app';
    const tag = `t${this.#random.below(tagCount)}`;
    switch (this.#random.below(10)) {
      case 0:
      case 1:
      case 2:
        await this.#pushImage(repository, tag);
        return 'push';
      case 3:
        return (await this.#pushIndex(repository, tag)) ? 'push of an index' : 'nothing';
      case 4:
        return (await this.#moveTag(repository, tag)) ? 'move of a tag' : 'nothing';
      case 5:
        return (await this.#delete(repository, tag)) ? 'delete' : 'nothing';
      case 6:
        await this.#call('DELETE', `/v2/${repository}/manifests/${tag}`);
        return 'untag';
      default:
        return (await this.#pull(repository, tag)) ? 'pull' : 'nothing';
    }
  }

  #call(method: string, path: string, body?: Uint8Array, type?: string): Promise<Response> {
    const url = this.#urls[this.#random.below(this.#urls.length)] ?? '';
    return fetch(path.startsWith('http') ? path : url + path, {
      method,
      ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
      headers: type === undefined ? {} : { 'Content-Type': type },
    });
  }

  async #pushImage(repository: string, tag: string): Promise<Blob | undefined> {
    const config = blobOf(`{"n":${this.#random.below(layerCount)}}`, mediaTypes.ociConfig);
    const layers = Array.from({ length: 1 + this.#random.below(3) }, () => layerOf(this.#random.below(layerCount)));
    const began = performance.now();
    for (const blob of [config, ...layers]) await this.#pushBlob(repository, blob);
    const image = manifestOf({ config: descriptor(config), layers: layers.map(descriptor) }, mediaTypes.ociManifest);
    return (await this.#put(repository, tag, image, () => this.#isOver(began))) ? image : undefined;
  }

  /** On a machine that is busy a push may take longer than its leases: then it is told what is missing. */
  #isOver(began: number): boolean {
    const over = performance.now() - began > this.#leaseMs;
    if (over) this.slowPushes++;
    return over;
  }

  async #pushBlob(repository: string, { digest, bytes }: Blob): Promise<void> {
    const head = await this.#call('HEAD', `/v2/${repository}/blobs/${digest}`);
    if (head.status === 200) return;
    const from = repositories[this.#random.below(repositories.length)];
    const begun = await this.#call('POST', `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${from}`);
    await begun.arrayBuffer();
    if (begun.status === 201) return;
    const location = new URL(begun.headers.get('location') ?? '', begun.url);
    location.searchParams.set('digest', digest);
    const put = await this.#call('PUT', location.pathname + location.search, bytes, 'application/octet-stream');
    const text = await put.text();
    if (put.status !== 201) this.#faults.push(`an upload was answered ${put.status}: ${text}`);
  }

  /** An index of two images that were just pushed by digest, as builders do. */
  async #pushIndex(repository: string, tag: string): Promise<boolean> {
    const images = [
      await this.#pushImage(repository, `${tag}-amd64`),
      await this.#pushImage(repository, `${tag}-arm64`),
    ];
    const manifests = images.filter((image) => image !== undefined).map(descriptor);
    // Somebody may delete a child meanwhile, which then is no fault.
    return this.#put(repository, tag, manifestOf({ manifests }, mediaTypes.ociIndex), () => true);
  }

  async #put(
    repository: string,
    tag: string,
    { bytes, mediaType }: Blob,
    mayLackParts: () => boolean,
  ): Promise<boolean> {
    const put = await this.#call('PUT', `/v2/${repository}/manifests/${tag}`, bytes, mediaType);
    const text = await put.text();
    if (put.status === 201) return true;
    if (!text.includes('MANIFEST_BLOB_UNKNOWN') || !mayLackParts())
      this.#faults.push(`a manifest was answered ${put.status}: ${text}`);
    return false;
  }

  async #get(repository: string, reference: string): Promise<Blob | undefined> {
    const got = await this.#call('GET', `/v2/${repository}/manifests/${reference}`);
    const bytes = Buffer.from(await got.arrayBuffer());
    if (got.status === 404) return undefined;
    if (got.status !== 200) this.#faults.push(`a pull was answered ${got.status}: ${bytes}`);
    const mediaType = got.headers.get('content-type') ?? '';
    return { bytes, mediaType, digest: digestOf(bytes), size: bytes.length };
  }

  async #pull(repository: string, tag: string): Promise<boolean> {
    const manifest = await this.#get(repository, tag);
    if (manifest === undefined) return false;
    const value = JSON.parse(manifest.bytes.toString()) as {
      config?: Blob;
      layers?: readonly Blob[];
      manifests?: readonly Blob[];
    };
    for (const { digest } of [...(value.config === undefined ? [] : [value.config]), ...(value.layers ?? [])]) {
      // A blob may be gone because the manifest is: then both are. That holds however often one looks.
      for (let attempt = 1; !(await this.#hasBlob(repository, digest)); attempt++) {
        if ((await this.#get(repository, manifest.digest)) === undefined) return true;
        if (attempt < 5) continue;
        this.#faults.push(`${repository}@${manifest.digest} lacks ${digest}`);
        return true;
      }
    }
    return true;
  }

  async #hasBlob(repository: string, digest: Digest): Promise<boolean> {
    const got = await this.#call('GET', `/v2/${repository}/blobs/${digest}`);
    const bytes = Buffer.from(await got.arrayBuffer());
    if (got.status === 404) return false;
    if (got.status !== 200) this.#faults.push(`a blob was answered ${got.status}: ${bytes}`);
    else if (digestOf(bytes) !== digest) this.#faults.push(`${digest} has other bytes`);
    return true;
  }

  async #moveTag(repository: string, tag: string): Promise<boolean> {
    const manifest = await this.#get(repository, `t${this.#random.below(tagCount)}`);
    if (manifest === undefined) return false;
    // Its parts may go with it meanwhile, for nobody said that they were to stay.
    return this.#put(repository, tag, manifest, () => true);
  }

  async #delete(repository: string, tag: string): Promise<boolean> {
    const manifest = await this.#get(repository, tag);
    if (manifest === undefined) return false;
    const deleted = await this.#call('DELETE', `/v2/${repository}/manifests/${manifest.digest}`);
    await deleted.arrayBuffer();
    if (deleted.status !== 202 && deleted.status !== 404) this.#faults.push(`a delete was answered ${deleted.status}`);
    return true;
  }
}
