// What the tests of this package share: a registry on a free loopback port, in a folder of its own.
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Catalog, openCatalog } from '@lading/catalog';
import { type ContentStore, openDirectoryStore } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { createRegistryServer, type RegistryServerOptions } from '../registry-server.ts';

export interface TestRegistry {
  readonly host: string;
  readonly url: string;
  readonly content: ContentStore;
  readonly catalog: Catalog;
  /** Nobody answers at its address from now on. */
  stop(): Promise<unknown>;
}

/** Further options are the server's own; without a folder it gets a new one. */
export async function startTestRegistry(
  t: TestContext,
  options: { readonly folder?: string } & Partial<RegistryServerOptions> = {},
): Promise<TestRegistry> {
  const root = options.folder ?? (await temporaryFolder(t));
  const content = await openDirectoryStore(join(root, 'content'));
  const catalog = await openCatalog({ path: join(root, 'catalog.sqlite') });
  const server = createRegistryServer({ content, catalog, ...options });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await server.close(0);
    await catalog.close();
  });
  return { host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}`, content, catalog, stop: () => server.close(0) };
}
