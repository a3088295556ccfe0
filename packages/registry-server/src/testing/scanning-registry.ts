// What tests of scans share: a registry that looks into images, real images of a few files, and advisories of one package.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Catalog, findScan, openCatalog, type ScanRecord } from '@lading/catalog';
import { buildAdvisories, findAdvisoryFiles } from '@lading/contents';
import { writeImage } from '@lading/image';
import { type Descriptor, type Digest, digestOf, mediaTypes } from '@lading/oci';
import { anonymous, openRegistry } from '@lading/registry-client';
import { type ContentStore, openDirectoryJournal, openDirectoryStore, put } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { parseRegistryConfig } from '../config/registry-config.ts';
import { type OpenedRegistryServer, openRegistryServer } from '../open-registry-server.ts';

export interface ScanningRegistry {
  readonly host: string;
  readonly url: string;
  readonly folder: string;
  readonly content: ContentStore;
  readonly catalog: Catalog;
  readonly server: OpenedRegistryServer;
  readonly warnings: readonly string[];
  /** Pushes an image of layers that have these files, with the client. */
  push(name: string, tag: string, ...layers: readonly Readonly<Record<string, string>>[]): Promise<Descriptor>;
  /** Resolves when somebody has looked into it. */
  scanned(image: Digest): Promise<ScanRecord>;
  stop(): Promise<void>;
}

/** `text` is its registry.yaml; `folder` one that an earlier one left. */
export async function startScanningRegistry(
  t: TestContext,
  text = 'scan: {}',
  folder?: string,
): Promise<ScanningRegistry> {
  // Before the folder goes, in which something may still be written.
  t.after(() => stop());
  let stop = async (): Promise<void> => {};
  const root = folder ?? (await temporaryFolder(t));
  const content = await openDirectoryStore(join(root, 'content'));
  const journal = await openDirectoryJournal(join(root, 'journal'));
  const catalog = await openCatalog({ path: join(root, 'catalog.sqlite'), journal, content });
  const warnings: string[] = [];
  const config = await parseRegistryConfig(text, { folder: root });
  const warn = (message: string): void => void warnings.push(message);
  const server = await openRegistryServer({ config, content, catalog, version: '1.2.3', warn });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const host = `127.0.0.1:${port}`;
  const client = openRegistry({ registry: host, credentials: anonymous });
  let stopped: Promise<void> | undefined;
  stop = (): Promise<void> => {
    stopped ??= (async () => {
      await client.close();
      await server.close(0);
      await catalog.close();
      await journal.close();
    })();
    return stopped;
  };
  return {
    ...{ host, url: `http://${host}`, folder: root, content, catalog, server, warnings, stop },
    async push(name, tag, ...layers) {
      const repository = client.repository(name);
      const tars = layers.map(tarOf);
      const written = await Promise.all(
        tars.map((tar) => put(repository.content, gzipSync(tar), { mediaType: mediaTypes.ociLayerGzip })),
      );
      const image = await writeImage(repository, {
        config: {
          created: '2026-01-01T00:00:00Z',
          architecture: 'amd64',
          os: 'linux',
          config: {},
          rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
          history: layers.map((_, at) => ({ created_by: `RUN step ${at}` })),
        },
        layers: written,
      });
      await repository.references.tag(tag, image);
      return image;
    },
    async scanned(image) {
      for (const end = Date.now() + 10_000; ; await sleep(5)) {
        const record = await findScan(catalog.database, image);
        if (record !== undefined && server.registry.scans?.isPending(image) !== true) return record;
        assert.ok(Date.now() < end, `nobody looks into ${image}: ${warnings.join('; ')}`);
      }
    },
  };
}

/** Debian 12 with packages, as dpkg leaves them. */
export function debian(packages: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(packages).map(
    ([name, version]) =>
      `Package: ${name}\nStatus: install ok installed\nMaintainer: Debian Maintainers <x@lists.debian.org>\nArchitecture: amd64\nVersion: ${version}\n`,
  );
  return {
    'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    'var/lib/dpkg/status': entries.join('\n'),
  };
}

/** An npm package, as it is installed. */
export function npmPackage(name: string, version: string): Readonly<Record<string, string>> {
  return { [`app/node_modules/${name}/package.json`]: JSON.stringify({ name, version }) };
}

/** Writes a database that says of each npm package up to which version it has a vulnerability of that score. */
export async function writeNpmAdvisories(
  path: string,
  vulnerabilities: readonly {
    readonly id: string;
    readonly name: string;
    readonly fixed: string;
    readonly vector: string;
  }[],
): Promise<void> {
  const sources = `${path}.osv`;
  await rm(sources, { recursive: true, force: true });
  await mkdir(sources);
  for (const { id, name, fixed, vector } of vulnerabilities) {
    const advisory = {
      schema_version: '1.6.0',
      id,
      modified: '2026-02-01T00:00:00Z',
      published: '2026-01-01T00:00:00Z',
      summary: `${name} has a hole`,
      severity: [{ type: 'CVSS_V3', score: vector }],
      affected: [
        {
          package: { ecosystem: 'npm', name },
          ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
        },
      ],
    };
    await writeFile(join(sources, `${id}.json`), JSON.stringify(advisory));
  }
  const { bytes } = await buildAdvisories(await findAdvisoryFiles(sources));
  await writeFile(path, bytes);
}

export const criticalVector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
export const mediumVector = 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:L';

/** A tar of regular files (POSIX.1-1988 ustar), as small as it can be written. */
export function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [path, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
