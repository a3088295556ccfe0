// Dockerfiles by feature: each gives the files and the config that its case says, or the error.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { vector } from '@lading/testkit';
import { canRun } from '../engines.ts';
import { readCases } from './case.ts';
import { openWorkshop } from './workshop.ts';

const cases = await readCases(join(import.meta.dirname, 'cases'));

test('the corpus of Dockerfiles', async (t) => {
  const alpine = vector(t, 'images/alpine-311.docker-archive.tar.gz');
  if (alpine === undefined || !(await canRun(t))) return;
  const workshop = await openWorkshop(t, alpine);
  // Each starts a program: a third of them says most of it in a tenth of a minute.
  const chosen = process.env.CI === 'true' ? cases : cases.filter((_, index) => index % 3 === 0);
  t.diagnostic(`${chosen.length} of ${cases.length} cases; all with CI=true`);
  const half = async (parity: number): Promise<void> => {
    for (const one of chosen.filter((_, index) => index % 2 === parity)) {
      await t.test(`${one.name}: ${one.says}`, async () => {
        const built = await workshop.build(one);
        const { tree, config, error, output } = one.expected;
        assert.equal(built.ok, error === undefined, built.log);
        for (const line of said(error ?? output))
          assert.ok(built.log.includes(line), `"${line}" is not in ${built.log}`);
        if (!built.ok) return;
        if (tree !== undefined) assert.equal(built.tree, tree.trimEnd());
        if (config !== undefined) assert.deepEqual(JSON.parse(built.config), JSON.parse(config));
      });
    }
  };
  // Two at a time: each is a process that has one busy thread.
  await Promise.all([half(0), half(1)]);
});

function said(lines: string | undefined): readonly string[] {
  return (lines ?? '').split('\n').filter((line) => line !== '');
}
