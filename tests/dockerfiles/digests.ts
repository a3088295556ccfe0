// `npm run corpus:digests [-- CASE…]`: every Dockerfile of the corpus under every circumstance that must not change a byte. Exit code 1 when
// one does.
import { join } from 'node:path';
import { vectorsFolder } from '@lading/testkit';
import { readCases } from './case.ts';
import { findDifferences } from './find-differences.ts';
import { variations } from './variations.ts';
import { openWorkshop } from './workshop.ts';

const asked = process.argv.slice(2);
const alpine = join(vectorsFolder(), 'images/alpine-311.docker-archive.tar.gz');
const cases = (await readCases(join(import.meta.dirname, 'cases'))).filter(
  ({ name }) => asked.length === 0 || asked.some((part) => name.includes(part)),
);
const closing: (() => Promise<void>)[] = [];
try {
  const keep = { after: (work: () => Promise<void>) => void closing.push(work) };
  const [here, elsewhere] = [await openWorkshop(keep, alpine), await openWorkshop(keep, alpine)];
  const all = await variations();
  console.log(`${cases.length} cases; ${all.map(({ name }) => name).join('; ')}`);
  const { compared, refused, differences } = await findDifferences({ cases, here, elsewhere, chosen: () => all });
  for (const difference of differences) console.log(difference);
  console.log(`${compared} builds compared, ${differences.length} with other bytes; ${refused} refused by an engine`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  for (const close of closing.reverse()) await close();
}
