// Whatever must not change a byte of an image does not: every Dockerfile of the corpus, built again under another circumstance. Each case
// meets one of them; `npm run corpus:digests` tries all on all.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLongRun, vector } from '@lading/testkit';
import { canRun } from '../engines.ts';
import { readCases } from './case.ts';
import { findDifferences } from './find-differences.ts';
import { variations } from './variations.ts';
import { openWorkshop } from './workshop.ts';

test('a Dockerfile gives one digest warm and cold, in every engine, under any umask, with any number of workers', async (t) => {
  const alpine = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (alpine === undefined || !isLongRun(t) || !(await canRun(t))) return;
  const cases = await readCases(join(import.meta.dirname, 'cases'));
  const [here, elsewhere] = await Promise.all([openWorkshop(t, alpine), openWorkshop(t, alpine)]);
  const all = await variations();
  const found = await findDifferences({ cases, here, elsewhere, chosen: (index) => [all[index % all.length]] });
  assert.ok(found.compared > cases.length / 2);
  assert.deepEqual(found.differences, []);
});
