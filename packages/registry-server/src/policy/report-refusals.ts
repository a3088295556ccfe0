import type { Catalog } from '@lading/catalog';
import { createSecurityEvents } from '../access/security-events.ts';
import type { Events } from '../events/events.ts';

const reporter = { name: 'policy' };

/** Has refused pulls in the journal, gathered: somebody deploys what may not be deployed. */
export function reportRefusals(
  { ledger }: Pick<Catalog, 'ledger'>,
  events: Events,
  onProblem: (problem: unknown) => void,
): { close(): Promise<void> } {
  const gathered = createSecurityEvents({
    onProblem,
    report: (counted) => ledger.write(reporter, (page) => page.enter({ kind: 'access.reported', events: counted })),
  });
  const end = events.subscribe(({ kind, repository, digest, actor, detail }) => {
    if (kind !== 'refuse') return;
    gathered.record({
      action: 'pull.refused',
      subject: actor,
      address: String(detail?.address ?? ''),
      detail: `pull ${repository}@${digest}`,
    });
  });
  return {
    async close() {
      end();
      await gathered.close();
    },
  };
}
