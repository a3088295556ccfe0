import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, parseDigest } from '@lading/oci';

/** What refers to content: an empty file `<owner>.<slot>.<digest>`. Only its owner changes a tag. */
export class Tags {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async all(): Promise<Set<Digest>> {
    return new Set((await this.#names()).map(digestOfName));
  }

  async of(owner: number): Promise<Map<string, Digest>> {
    const names = (await this.#names()).filter((name) => name.startsWith(`${owner}.`));
    return new Map(names.map((name) => [name.split('.', 2).join('.'), digestOfName(name)]));
  }

  async set(owner: number, slot: number, digest: Digest): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const name = `${owner}.${slot}.${digest.replace(':', '-')}`;
    await writeFile(join(this.#folder, name), '');
    await this.#remove(owner, slot, name);
  }

  async remove(owner: number, slot: number): Promise<void> {
    await this.#remove(owner, slot);
  }

  async #remove(owner: number, slot: number, except?: string): Promise<void> {
    for (const name of await this.#names()) {
      if (name.startsWith(`${owner}.${slot}.`) && name !== except) await unlink(join(this.#folder, name));
    }
  }

  async #names(): Promise<string[]> {
    return readdir(this.#folder).catch(() => []);
  }
}

function digestOfName(name: string): Digest {
  return parseDigest(name.split('.')[2]!.replace('-', ':'));
}
