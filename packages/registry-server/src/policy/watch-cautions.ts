import { type Catalog, type Cautions, cautionsVersion, readCautions } from '@lading/catalog';
import { openPoll, type Poll } from '../internal/poll.ts';

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
): Promise<Poll> {
  let version = -1;
  const poll = await openPoll(async () => {
    if ((await cautionsVersion(database)) === version) return;
    const cautions = await readCautions(database);
    version = cautions.version;
    changed(cautions);
  }, pollMs);
  const end = ledger.watch((records) => {
    if (records.some(({ entry }) => changing.has(entry.kind))) void poll.refresh().catch(() => {});
  });
  return {
    refresh: poll.refresh,
    async close() {
      end();
      await poll.close();
    },
  };
}
