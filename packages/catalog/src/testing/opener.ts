// Started by open-catalog.test.ts: opens catalogs that do not exist yet, each at the moment at which others open it too.
import { join } from 'node:path';
import { openCatalog } from '../open-catalog.ts';

const [folder = '', at = '0', count = '0'] = process.argv.slice(2);
for (let turn = 0; turn < Number(count); turn++) {
  // Spinning, for a timer is late by more than opening takes.
  while (Date.now() < Number(at) + turn * 20);
  const catalog = await openCatalog({ path: join(folder, `${turn}.sqlite`) });
  await catalog.hasRepository('app');
  await catalog.close();
}
