import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryAdvisories } from '../testing/memory-advisories.ts';
import { sampleFacts } from '../testing/sample-facts.ts';
import { findVulnerabilities } from './find-vulnerabilities.ts';
import { labelledAdvisories, labels } from './testing/labels/all-labels.ts';

/** What was reached, in cases: fewer fail. Raise it with the table. */
const recorded = { cases: 87, falsePositives: 0, falseNegatives: 0 };

test('the labelled cases are judged at least as well as ever', (t) => {
  const database = memoryAdvisories(labelledAdvisories);
  const outcomes = labels.map((label) => {
    const packages = [label.package, ...(label.beside ?? [])];
    const { findings } = findVulnerabilities(sampleFacts(packages, { distribution: label.distribution }), database);
    const found = findings.some(({ id, aliases, package: { purl } }) => {
      return purl === label.package.purl && [id, ...aliases].includes(label.vulnerability);
    });
    return { ...label, found };
  });
  const count = (expected: boolean, found: boolean): number =>
    outcomes.filter((one) => one.expected === expected && one.found === found).length;
  const [truePositives, falsePositives, falseNegatives] = [count(true, true), count(false, true), count(true, false)];
  const share = (others: number): string => `${((100 * truePositives) / (truePositives + others)).toFixed(1)}%`;
  t.diagnostic(`${labels.length} cases: precision ${share(falsePositives)}, recall ${share(falseNegatives)}`);
  for (const {
    expected,
    found,
    vulnerability,
    package: { purl },
    reason,
  } of outcomes) {
    if (expected !== found)
      t.diagnostic(`${found ? 'false positive' : 'missed'}: ${vulnerability} of ${purl}: ${reason}`);
  }
  assert.ok(falsePositives <= recorded.falsePositives && falseNegatives <= recorded.falseNegatives);
  assert.ok(labels.length >= recorded.cases, `${labels.length} cases`);
});
