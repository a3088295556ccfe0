// `npm run corpus:digests [-- CASE… --write=FILE --against=FILE --once]`: every Dockerfile of the corpus under every circumstance that must
// not change a byte. Another user or machine is compared by what it wrote to a file. Exit code 1 when something differs.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vectorsFolder } from '@lading/testkit';
import { readCases } from './case.ts';
import { findDifferences } from './find-differences.ts';
import { variations } from './variations.ts';
import { openWorkshop } from './workshop.ts';

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const alpine = join(vectorsFolder(), 'images/alpine-311.docker-archive.tar.gz');
const cases = (await readCases(join(import.meta.dirname, 'cases'))).filter(
  ({ name }) => asked.length === 0 || asked.some((part) => name.includes(part)),
);
const closing: (() => Promise<void>)[] = [];
try {
  const keep = { after: (work: () => Promise<void>) => void closing.push(work) };
  const [here, elsewhere] = [await openWorkshop(keep, alpine), await openWorkshop(keep, alpine)];
  const all = process.argv.includes('--once') ? [] : await variations();
  console.log(`${cases.length} cases; ${all.map(({ name }) => name).join('; ')}`);
  const { compared, refused, differences, digests } = await findDifferences({
    cases,
    here,
    elsewhere,
    chosen: () => all,
  });
  for (const difference of differences) console.log(difference);
  console.log(`${compared} builds compared, ${differences.length} with other bytes; ${refused} refused by an engine`);
  const [kept, other] = [option('write'), option('against')];
  if (kept !== undefined) await writeFile(kept, `${JSON.stringify(digests, undefined, 2)}\n`);
  const theirs = other === undefined ? digests : (JSON.parse(await readFile(other, 'utf8')) as typeof digests);
  const foreign = Object.keys(digests).filter((name) => digests[name] !== theirs[name]);
  if (other !== undefined)
    console.log(`${foreign.length} of ${Object.keys(digests).length} not as in ${other}: ${foreign.join(' ')}`);
  process.exitCode = differences.length + foreign.length === 0 ? 0 : 1;
} finally {
  for (const close of closing.reverse()) await close();
}
