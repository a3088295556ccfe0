import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startPostgres, temporaryFolder } from '@lading/testkit';
import type { CatalogPlace } from '../open-catalog.ts';

/** Where a catalog can lie, by name: an empty place for a test; undefined where the test was skipped. */
export const places: Readonly<Record<string, (t: TestContext) => Promise<CatalogPlace | undefined>>> = {
  SQLite: async (t) => ({ path: join(await temporaryFolder(t), 'catalog.sqlite') }),
  PostgreSQL: async (t) => {
    const url = await startPostgres(t);
    return url === undefined ? undefined : { url };
  },
};

/** A test that runs once for every place. */
export function testEverywhere(name: string, prove: (t: TestContext, place: CatalogPlace) => Promise<void>): void {
  for (const [kind, placeFor] of Object.entries(places)) {
    test(`${kind}: ${name}`, async (t) => {
      const place = await placeFor(t);
      if (place !== undefined) await prove(t, place);
    });
  }
}
