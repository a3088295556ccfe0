import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLongRun, vector } from '@lading/testkit';
import fc from 'fast-check';
import { inMemory } from '../random-access.ts';
import { openZip } from '../zip/zip.ts';
import { rateVector } from './rate-vector.ts';
import { severityOf } from './severity-of.ts';

/** Vectors with their scores, by the documents that publish them. */
const published: Readonly<Record<string, readonly (readonly [score: number, vector: string])[]>> = {
  // CVE-2002-0392, CVE-2003-0818, CVE-2003-0062: base, temporal and environmental scores.
  'A Complete Guide to CVSS 2.0 §3.3': [
    [7.8, 'AV:N/AC:L/Au:N/C:N/I:N/A:C'],
    [6.4, 'AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C'],
    [0, 'AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:N/TD:N/CR:M/IR:M/AR:H'],
    [9.2, 'AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H'],
    [10, 'AV:N/AC:L/Au:N/C:C/I:C/A:C'],
    [8.3, 'AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C'],
    [9, 'AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L'],
    [6.2, 'AV:L/AC:H/Au:N/C:C/I:C/A:C'],
    [4.9, 'AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C'],
    [7.5, 'AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M'],
  ],
  // CVE-2013-1937, CVE-2014-9253, CVE-2012-0384.
  'FIRST, CVSS v3.0 Examples': [
    [6.1, 'CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N'],
    [5.4, 'CVSS:3.0/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N'],
    [8.8, 'CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H'],
  ],
  // CVE-2013-0375, CVE-2014-3566, CVE-2009-0783, CVE-2012-0384, CVE-2014-0160, CVE-2008-1447, CVE-2014-2005, CVE-2013-6014, CVE-2014-2019,
  // CVE-2012-5376, CVE-2019-7551, CVE-2016-5729, CVE-2018-3652, CVE-2019-0884.
  'FIRST, CVSS v3.1 Examples': [
    [6.4, 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N'],
    [3.1, 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N'],
    [4.2, 'CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L'],
    [7.2, 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H'],
    [7.5, 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N'],
    [6.8, 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N'],
    [6.8, 'CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
    [9.3, 'CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H'],
    [4.6, 'CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N'],
    [9.6, 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H'],
    [9, 'CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:H/I:H/A:H'],
    [8.2, 'CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:C/C:H/I:H/A:H'],
    [7.6, 'CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'],
    [4.2, 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N'],
  ],
  'FIRST, CVSS v4.0 Examples': [
    [7.3, 'CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'],
    [7.7, 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'],
    [5.2, 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U'],
    [8.3, 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N'],
    [
      8.1,
      'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L',
    ],
    [4.6, 'CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N'],
    [5.1, 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N'],
    [5.9, 'CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N'],
    [8.3, 'CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N/S:P/V:D'],
    [8.7, 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:A'],
    [10, 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:A'],
    [6.4, 'CVSS:4.0/AV:A/AC:L/AT:N/PR:N/UI:N/VC:N/VI:L/VA:N/SC:H/SI:N/SA:H'],
    [5.6, 'CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N/E:U'],
    [9.4, 'CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/S:P/AU:Y/V:C/RE:L'],
    [
      7,
      'CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P/CR:L/IR:H/AR:L/MAV:L/MAC:H/MAT:N/MPR:N/MUI:N/MVC:N/MVI:H/MVA:L/MSC:N/MSI:S/MSA:L',
    ],
    [9.7, 'CVSS:4.0/AV:A/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N/MSI:S/S:P'],
  ],
};

for (const [document, examples] of Object.entries(published)) {
  test(`scores are as in ${document}`, () => {
    for (const [score, text] of examples) {
      const version = /^CVSS:([\d.]+)\//.exec(text)?.[1] ?? '2.0';
      assert.deepEqual(rateVector(text), { version, vector: text, score });
    }
  });
}

test('a milder requirement could raise a score of CVSS 3.0, and cannot with 3.1', () => {
  // Specification v3.1, appendix A, and §7.3: the formula of the modified impact changed.
  const scores = (version: string): (number | undefined)[] =>
    ['AR:M', 'AR:L'].map((requirement) => {
      const metrics = `AV:N/AC:L/PR:L/UI:R/S:C/C:H/I:H/A:L/CR:H/IR:L/${requirement}`;
      return rateVector(`CVSS:${version}/${metrics}`)?.score;
    });
  assert.deepEqual(scores('3.0'), [9, 9.1]);
  assert.deepEqual(scores('3.1'), [9.1, 9.1]);
});

test('version 2 is told by its missing prefix, also in brackets, and metrics may come in any order', () => {
  const score = 7.5;
  for (const text of [
    'AV:N/AC:L/Au:N/C:P/I:P/A:P',
    '(AV:N/AC:L/Au:N/C:P/I:P/A:P)',
    'A:P/I:P/C:P/Au:N/AC:L/AV:N',
    'AV:N/AC:L/Au:N/C:P/I:P/A:P/E:ND/CDP:ND',
  ]) {
    assert.deepEqual(rateVector(text), { version: '2.0', vector: text, score });
  }
});

test('what is no complete vector has no score', () => {
  for (const text of [
    '',
    '9.8',
    'CVSS:3.1',
    'CVSS:3.1/',
    'CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:C',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/A:H',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/XX:H',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/toString:N',
    'AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N',
  ]) {
    assert.equal(rateVector(text), undefined, text);
  }
});

test('every CVSS 4.0 vector has a score, and none gets a higher one when a metric gets milder', () => {
  const from = (values: string): fc.Arbitrary<number> => fc.nat(values.length - 1);
  const scales = { AV: 'NALP', AC: 'LH', AT: 'NP', PR: 'NLH', UI: 'NPA', VC: 'HLN', VI: 'HLN', VA: 'HLN', E: 'APU' };
  const rest = { SC: 'HLN', SI: 'HLN', SA: 'HLN', CR: 'HML', IR: 'HML', AR: 'HML' };
  const all: Readonly<Record<string, string>> = { ...scales, ...rest };
  const names = Object.keys(all);
  const scoreOf = (levels: readonly number[]): number => {
    const fields = names.map((name, index) => `${name}:${all[name]![levels[index]!]}`);
    const rating = rateVector(`CVSS:4.0/${fields.join('/')}`);
    assert.ok(rating !== undefined && rating.score >= 0 && rating.score <= 10);
    return rating.score;
  };
  fc.assert(
    fc.property(fc.tuple(...names.map((name) => from(all[name]!))), fc.nat(names.length - 1), (levels, milder) => {
      if (levels[milder]! + 1 >= all[names[milder]!]!.length) return;
      const score = scoreOf(levels);
      assert.ok(scoreOf(levels.with(milder, levels[milder]! + 1)) <= score);
    }),
    { numRuns: 2000 },
  );
});

test('every vector of two ecosystems of OSV has a score', async (t) => {
  for (const ecosystem of ['crates.io', 'RubyGems']) await rateAll(t, ecosystem);
});

test('every vector of OSV has a score', async (t) => {
  const folder = isLongRun(t) ? vector(t, '../osv') : undefined;
  if (folder === undefined) return;
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) await rateAll(t, name);
});

async function rateAll(t: TestContext, ecosystem: string): Promise<void> {
  const path = vector(t, join('../osv', ecosystem, 'all.zip'));
  if (path === undefined) return;
  const zip = await openZip(inMemory(readFileSync(path)));
  for (const entry of zip.entries()) {
    const record = (await zip.read(entry, { maxBytes: 64 << 20 })).toString('utf8');
    for (const [, text = ''] of record.matchAll(/"score": ?"([^"]*)"/g)) {
      assert.ok(rateVector(text) !== undefined, `${entry.name}: ${text}`);
    }
  }
}

test('severityOf() puts scores in the words of the qualitative scale', () => {
  for (const [score, severity] of [
    [0, 'negligible'],
    [0.1, 'low'],
    [3.9, 'low'],
    [4, 'medium'],
    [6.9, 'medium'],
    [7, 'high'],
    [8.9, 'high'],
    [9, 'critical'],
    [10, 'critical'],
  ] as const) {
    assert.equal(severityOf(score), severity);
  }
});
