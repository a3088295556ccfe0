// `npm run conformance:build [-- CASE…] [--write]`: builds every Dockerfile of the corpus with Lading and with the other builders that are
// here, and compares files, modes, owners, extended attributes and configs. Every difference has to stand in deviations.json with its reason,
// and nothing may stand there that is no difference. --write puts what Lading and BuildKit agree on into cases that
// expect nothing yet, for an author to read.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vectorsFolder } from '@lading/testkit';
import { type Case, readCases } from '../../../tests/dockerfiles/case.ts';
import { type Built, openWorkshop } from '../../../tests/dockerfiles/workshop.ts';
import { writeContext } from '../../../tests/dockerfiles/write-context.ts';
import { writeBaseLayout } from './base-layout.ts';
import { startBuildah } from './buildah.ts';
import { startBuildkit } from './buildkit.ts';
import { type Difference, readDeviations, withoutHabits } from './deviations.ts';
import type { Peer, PeerOutcome } from './peer.ts';

const folder = join(import.meta.dirname, '../../../tests/dockerfiles/cases');
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const write = process.argv.includes('--write');
const alpine = join(vectorsFolder(), 'images/alpine-311.docker-archive.tar.gz');
const cases = (await readCases(folder)).filter(
  ({ name }) => asked.length === 0 || asked.some((part) => name.includes(part)),
);
const deviations = await readDeviations();

// buildah makes a name of the path: it may hold no upper-case letter.
const basePlace = join(tmpdir(), `lading-base-${process.pid}`);
const closing: (() => Promise<void>)[] = [];
let [compared, unexplained] = [0, 0];
try {
  const workshop = await openWorkshop({ after: (work) => closing.push(work) }, alpine);
  const peers: Peer[] = [];
  const base = await writeBaseLayout(alpine, basePlace);
  for (const started of [await startBuildkit(base), await startBuildah(base)]) {
    if (typeof started === 'string') console.log(`not available: ${started}`);
    else {
      console.log(started.version);
      peers.push(started);
      closing.push(() => started.stop());
    }
  }
  if (peers.length === 0) process.exitCode = 1;
  for (const one of cases) {
    const ours = await workshop.build(one);
    const outcomes = await Promise.all(
      peers.map(async (peer) => {
        const place = await mkdtemp(join(tmpdir(), 'lading-case-'));
        const theirs = await peer.build(one, await writeContext(one, place), workshop.alpine);
        await rm(place, { recursive: true });
        return [peer, theirs] as const;
      }),
    );
    for (const [peer, theirs] of outcomes) {
      if (theirs === undefined) continue;
      compared += 1;
      report(one, peer, ours, theirs);
    }
    if (write && outcomes.every(([peer, theirs]) => peer.name !== 'buildkit' || isSame(ours, theirs)))
      await writeExpectation(one, ours);
  }
} finally {
  // One that fails to end must not keep the others running.
  for (const close of closing.reverse()) {
    await close().catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  }
  await rm(basePlace, { recursive: true, force: true });
}
console.log(
  `${cases.length} cases, ${compared} comparisons, ${unexplained} differences without a reason or reasons without a difference`,
);
if (unexplained > 0) process.exitCode = 1;

function isSame(ours: Built, theirs: PeerOutcome): boolean {
  if (!ours.ok || theirs?.ok !== true) return false;
  const [mine, other] = [ours, theirs].map((outcome) => withoutHabits(outcome, 'buildkit', deviations));
  return mine?.tree === other?.tree && mine?.config === other?.config;
}

function report(one: Case, peer: Peer, ours: Built, theirs: Exclude<PeerOutcome, undefined>): void {
  const differ: Difference[] = [];
  if (ours.ok !== theirs.ok) differ.push('result');
  else if (ours.ok && theirs.ok) {
    const [one_, other] = [ours, theirs].map((outcome) => withoutHabits(outcome, peer.name, deviations));
    if (one_?.tree !== other?.tree) differ.push('tree');
    if (one_?.config !== other?.config) differ.push('config');
  }
  for (const what of ['result', 'tree', 'config'] as const) {
    const known = deviations.cases.some(
      (known) => known.case === one.name && known.builder === peer.name && known.in === what,
    );
    if (known === differ.includes(what)) continue;
    unexplained += 1;
    console.log(
      `\n${one.name}: ${what} ${known ? `is the same as ${peer.name}'s, yet deviations.json has it` : `is not ${peer.name}'s`}`,
    );
    if (!known) console.log(show('lading', ours, what), show(peer.name, theirs, what));
  }
}

function show(name: string, outcome: Built | Exclude<PeerOutcome, undefined>, what: Difference): string {
  const text = outcome.ok ? outcome[what === 'config' ? 'config' : 'tree'] : outcome.log.slice(-1500);
  return `--- ${name}${outcome.ok ? '' : ' failed'}\n${text}`;
}

async function writeExpectation(one: Case, built: Built): Promise<void> {
  if (Object.keys(one.expected).length > 0) return;
  const path = join(folder, `${one.name}.case`);
  const text = (await readFile(path, 'utf8')).trimEnd();
  const found = built.ok
    ? `-- = tree --\n${built.tree}\n-- = config --\n${built.config}`
    : `-- = error --\n${built.log.trim()}`;
  await writeFile(path, `${text}\n${found}\n`);
}
