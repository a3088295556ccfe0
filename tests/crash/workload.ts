// The program that is recorded: `node workload.ts <kind> <seed> <root>`. It does what callers of the stores do, in an order that the seed
// gives, and writes into the ledger what it was promised. What earlier sessions left it finds there.
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalog } from '@lading/catalog';
import { openDirectoryStore, openOciLayout } from '@lading/store';
import { contentSteps, findAgain } from './content-steps.ts';
import { imageSteps, pushAgain } from './image-steps.ts';
import { createLedgerWriter, readLedger } from './ledger.ts';
import { openJournal } from './open-journal.ts';
import { createRandom } from './random.ts';
import type { ScenarioKind } from './scenario.ts';
import type { Session, Step } from './session.ts';

const [, , kind, seedText, root = ''] = process.argv as [string, string, ScenarioKind, string, string];
const ledgerPath = join(root, '.ledger');
const before = existsSync(ledgerPath) ? readFileSync(ledgerPath, 'utf8').split('\n').slice(0, -1) : [];
const random = createRandom(Number(seedText) * 1000 + before.length);
const session: Session = {
  place: kind === 'layout' ? 'layout' : 'home',
  random,
  writer: createLedgerWriter(openSync(ledgerPath, 'a')),
  found: readLedger(before),
  // Differs from session to session, so that content does.
  nextSeed: Number(seedText) * 100_000 + before.length * 100,
  root,
  loose: [],
};

session.writer.session();
if (kind === 'layout') {
  const layout = await openOciLayout(join(root, 'layout'), { create: true });
  await run(layout, [...imageSteps, ...contentSteps]);
} else {
  const content = await openDirectoryStore(join(root, 'home/content'));
  if (kind === 'content') await run({ content }, contentSteps);
  else {
    const path = join(root, 'names/catalog.sqlite');
    for (let opened = 0; opened < 2; opened++) {
      const journal = kind === 'registry' ? await openJournal(join(root, 'home/journal')) : undefined;
      const catalog = await openCatalog({ path, journal, content });
      await run({ content, references: catalog.references('app'), catalog }, [
        ...imageSteps,
        ...contentSteps.slice(0, 3),
      ]);
      await catalog.close();
      await journal?.close();
    }
  }
}

async function run(opened: Pick<Session, 'content' | 'references' | 'catalog'>, steps: readonly Step[]): Promise<void> {
  Object.assign(session, opened);
  await findAgain(session);
  if (opened.references !== undefined) await pushAgain(session);
  const count = kind === 'home' || kind === 'registry' ? 8 : 16;
  for (let step = 0; step < count; step++) await random.pick(steps)(session);
}
