import { type Catalog, type Cautions, cautionsVersion, readCautions } from '@lading/catalog';

/** How often another replica's changes are looked for: what it was told holds here within a second. */
const pollMs = 400;

const changing: ReadonlySet<string> = new Set([
  'content.quarantined',
  'content.released',
  'deprecation.set',
  'deprecation.lifted',
  'content.purged',
]);

/** Calls `changed` with what is refused and warned of, at first and whenever that changed, here or elsewhere. */
export async function watchCautions(
  { database, ledger }: Pick<Catalog, 'database' | 'ledger'>,
  changed: (cautions: Cautions) => void,
): Promise<{ refresh(): Promise<void>; close(): Promise<void> }> {
  let version = -1;
  let running: Promise<void> | undefined;
  let again = false;

  const read = async (): Promise<void> => {
    do {
      again = false;
      if ((await cautionsVersion(database)) === version) continue;
      const cautions = await readCautions(database);
      version = cautions.version;
      changed(cautions);
    } while (again);
  };
  const refresh = (): Promise<void> => {
    if (running !== undefined) again = true;
    running ??= read().finally(() => {
      running = undefined;
    });
    return running;
  };
  await refresh();
  // Where the database does not answer for a while, what was known last holds.
  const poll = (): void => void refresh().catch(() => {});
  const timer = setInterval(poll, pollMs).unref();
  const end = ledger.watch((records) => {
    if (records.some(({ entry }) => changing.has(entry.kind))) poll();
  });
  return {
    refresh,
    async close() {
      clearInterval(timer);
      end();
      await running?.catch(() => {});
    },
  };
}
