// `npm run conformance:packages [-- ROOT…]`: which packages of a distribution Lading finds in real root file systems, beside what their
// package manager and trivy (scripts/peers/install-trivy.sh) say. Every difference has to stand in deviations.ts with its reason, and
// nothing may stand there that is no difference.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '../../bench/table.ts';
import { type Deviation, deviations } from './deviations.ts';
import { type Root, roots } from './roots.ts';
import { ours, type Tool, trivy } from './tools.ts';

/** Lines of differences. */
const shown = 40;

const asked = process.argv.slice(2);
const rows: string[][] = [['root file system', 'lading', 'its package manager', 'trivy']];
const unexplained: string[] = [];
let compared = 0;
for (const root of roots.filter(({ name }) => asked.length === 0 || asked.some((part) => name.includes(part)))) {
  const work = await mkdtemp(join(tmpdir(), 'lading-packages-'));
  try {
    rows.push([root.name, ...(await compare(root, work))]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
console.log(formatTable(rows));
for (const line of unexplained.slice(0, shown)) console.log(line);
if (unexplained.length > shown) console.log('…');
console.log(
  `${compared} comparisons, ${unexplained.length} differences without a reason or reasons without a difference`,
);
if (unexplained.length > 0 || compared === 0) process.exitCode = 1;

async function compare(root: Root, work: string): Promise<string[]> {
  const folder = join(work, 'root');
  await mkdir(folder);
  const lacking = await root.make(folder);
  if (lacking !== undefined) return [`not made: ${lacking}`];
  const found = await ours.list(folder);
  if (typeof found === 'string') {
    unexplained.push(`${root.name}: ${found}`);
    return ['failed'];
  }
  const cells = [String(found.size)];
  for (const tool of [root.manager, trivy]) cells.push(await compareWith(root, tool, folder, found));
  return cells;
}

async function compareWith(root: Root, tool: Tool, folder: string, found: ReadonlySet<string>): Promise<string> {
  const theirs = await tool.list(folder);
  if (typeof theirs === 'string') return `${tool.name}: ${theirs}`;
  compared += 1;
  const differences: Pick<Deviation, 'only' | 'package'>[] = [
    ...[...found.difference(theirs)].map((name) => ({ only: 'ours', package: name }) as const),
    ...[...theirs.difference(found)].map((name) => ({ only: 'theirs', package: name }) as const),
  ];
  const known = deviations.filter((one) => one.root === root.name && one.tool === tool.name);
  const isSame = (a: (typeof differences)[number], b: (typeof differences)[number]): boolean =>
    a.package === b.package && a.only === b.only;
  for (const one of differences)
    if (!known.some((other) => isSame(one, other)))
      unexplained.push(`${root.name}: ${one.package} is only ${one.only === 'ours' ? 'ours' : `${tool.name}'s`}`);
  for (const one of known)
    if (!differences.some((other) => isSame(one, other)))
      unexplained.push(`${root.name}: ${one.package} is no difference to ${tool.name}, yet deviations.ts has it`);
  return `${tool.name}: ${theirs.size}${differences.length === 0 ? ', the same' : `, ${differences.length} differ`}`;
}
