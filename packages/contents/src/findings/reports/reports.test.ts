import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostile, sampleReport } from '../../testing/sample-report.ts';
import { sbomSchema } from '../../testing/sbom-schemas.ts';
import { parseOpenVex } from '../suppress/openvex.ts';
import { cycloneDxVexReport } from './cyclonedx-vex.ts';
import { htmlReport } from './html.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { openVexReport } from './openvex-report.ts';
import { sarifReport } from './sarif.ts';
import { tableReport } from './table.ts';

test('the table tells by package what is wrong, since where, and what to do', () => {
  const table = tableReport(sampleReport(), 120);
  assert.match(
    table,
    /^registry\.example\.org\/team\/app:v1 \(linux\/amd64, Debian GNU\/Linux 12 \(bookworm\), 4 packages\)/,
  );
  assert.match(table, /^openssl 3\.0\.11-1~deb12u2 \(libssl3\): 1 critical, 1 low$/m);
  assert.match(table, /^ {2}var\/lib\/dpkg\/status, layer 1, of docker\.io\/library\/debian:12: ADD file:0a in \/$/m);
  assert.match(
    table,
    /^ {2}critical {2}CVE-2024-1000 {2}3\.0\.15-1~deb12u1 {2}exploited, EPSS 42%, Something is wrong harmless$/m,
  );
  assert.match(table, /^ {2}-> Build on a newer docker\.io\/library\/debian:12/m);
  assert.match(table, /layer 2 removes it, and still everyone who pulls/);
  assert.match(table, /^3 vulnerabilities in 4 packages: 1 critical, 1 high, 1 unknown; 1 suppressed; 3 have a fix$/m);
  assert.match(table, /^Not judged: 1 package\. Are not packages of harmless\.$/m);
  assert.doesNotMatch(tableReport(sampleReport('harmless', { showSuppressed: false })), /CVE-2024-1001/);
});

test('lines of the table fit the width, but for advice and sums', () => {
  const lines = tableReport(sampleReport('long '.repeat(50)), 80).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.length > 80 && !/^ {2,4}-> |^\S/.test(line)),
    [],
  );
});

test('nothing that an image or an advisory says steers a terminal', () => {
  assert.doesNotMatch(tableReport(sampleReport(hostile), 400), /[^\n\P{C}]/u);
});

test('JSON tells everything but fingerprints of secrets', () => {
  const text = JSON.stringify(jsonReport(sampleReport(hostile)));
  const report = JSON.parse(text);
  assert.equal(report.format, 'lading-scan/1');
  const { vulnerabilities, findings } = report.summary;
  assert.deepEqual(vulnerabilities, { total: 3, suppressed: 1, critical: 1, high: 1, unknown: 1 }, 'as the table');
  assert.equal(findings, 4, 'one of them in two packages');
  assert.equal(report.findings[0].places[0].instruction, 'ADD file:0a in /');
  assert.doesNotMatch(text, /ffffffffff/);
});

test('SARIF has rules for its results, relative places that are addresses, and marks what is suppressed', () => {
  const { runs } = JSON.parse(JSON.stringify(sarifReport(sampleReport(hostile))));
  const { results, tool } = runs[0];
  assert.equal(results.length, 8);
  for (const result of results) {
    assert.equal(tool.driver.rules[result.ruleIndex].id, result.ruleId);
    assert.match(result.level, /^(error|warning|note)$/);
    const [{ physicalLocation }] = result.locations;
    assert.doesNotThrow(() => new URL(physicalLocation.artifactLocation.uri, 'file:///'));
    assert.match(physicalLocation.artifactLocation.uri, /^[\w.%!~*'()/-]+$/);
    assert.ok(physicalLocation.region.startLine >= 1);
    assert.ok(result.message.text.length > 0);
  }
  assert.equal(results.filter((result: { suppressions?: object[] }) => result.suppressions !== undefined).length, 2);
  assert.equal(new Set(tool.driver.rules.map(({ id }: { id: string }) => id)).size, tool.driver.rules.length);
  assert.equal(tool.driver.rules[0].properties['security-severity'], '9.8');
});

test('CycloneDX with what was decided follows its schema, whatever the image says', (t) => {
  const faultsOf = sbomSchema(t, 'cyclonedx-1.6');
  if (faultsOf === undefined) return;
  for (const evil of ['harmless', hostile]) {
    const document = JSON.parse(JSON.stringify(cycloneDxVexReport(sampleReport(evil))));
    assert.deepEqual(faultsOf(document), []);
    const [first] = document.vulnerabilities;
    assert.deepEqual([first.id, first.analysis.state, first.affects.length], ['CVE-2024-1000', 'in_triage', 2]);
    const decided = document.vulnerabilities.find(({ id }: { id: string }) => id === 'CVE-2024-1001');
    assert.deepEqual([decided.analysis.state, decided.analysis.justification], ['not_affected', 'code_not_present']);
  }
});

test('JUnit XML is well-formed, fails what reaches the threshold and skips what is suppressed', () => {
  const xml = junitReport(sampleReport(hostile, { failOn: 'high' }));
  assertWellFormed(xml);
  assert.match(xml, /<testsuite name="vulnerabilities" tests="6" failures="3" skipped="2" errors="0"/);
  assert.match(xml, /<testsuite name="configuration" tests="1" failures="0"/);
  assert.match(
    junitReport(sampleReport('', { findings: [] })),
    /<testcase classname="vulnerabilities" name="none found"\/>/,
  );
});

test('Markdown keeps its tables, and lets nobody put markup, links or mentions into them', () => {
  const markdown = markdownReport(sampleReport(hostile));
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
  for (const row of rows) {
    const columns = row.replaceAll('\\|', '').split('|').length - 2;
    assert.ok([4, 7].includes(columns), row);
  }
  const outsideCode = markdown.replace(/(?<!\\)`[^`\n]*`/g, '');
  assert.doesNotMatch(outsideCode, /<script|@team|(?<!\\)\]\(|\p{Cc}(?<!\n)/u);
  assert.match(markdownReport(sampleReport()), /\| critical, exploited \| `CVE-2024-1000` \| `libssl3`, `openssl` \|/);
});

test('the page has no element, address or handler that is not its own', () => {
  const page = htmlReport(sampleReport(hostile));
  assert.equal(page.match(/<script/g)?.length, 1);
  assert.doesNotMatch(page, /<[^>]*\son\w+=|javascript:alert\(1\)"|src=/i);
  assert.deepEqual([...new Set([...page.matchAll(/href="([a-z]+):/g)].map(([, scheme]) => scheme))], ['https']);
  assert.match(page, /default-src &#39;none&#39;; style-src &#39;sha256-/);
  assert.doesNotMatch(page, /[\0\ud800]/);
});

test('OpenVEX can be completed by hand and given back', () => {
  const document = openVexReport(sampleReport('harmless'), 'security@example.org') as {
    statements: { status: string }[];
  };
  assert.deepEqual(document.statements.map(({ status }) => status).sort(), [
    'not_affected',
    'under_investigation',
    'under_investigation',
    'under_investigation',
  ]);
  const statements = parseOpenVex(JSON.stringify(document), 'out.json');
  assert.deepEqual(statements.find(({ status }) => status === 'not_affected')?.ids, ['CVE-2024-1001']);
  assert.match(JSON.stringify(document), /pkg:oci\/app@sha256%3A/);
});

/** Tags nest, and text between them has no bare `<` or `&`. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replace(
    /<\?xml[^?]*\?>|<(\/?)(\w[\w-]*)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, close, name, __, empty) => {
      if (close) assert.equal(open.pop(), name);
      else if (name !== undefined && !empty) open.push(name);
      return '';
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /<|&(?!(?:amp|lt|gt|quot|#39);)/);
  assert.doesNotMatch(xml, /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
}
