import { describeFindings } from '../findings/describe-findings.ts';
import { findVulnerabilities } from '../findings/find-vulnerabilities.ts';
import type { ScanReport } from '../findings/reports/scan-report.ts';
import { memoryAdvisories } from './memory-advisories.ts';
import { sampleFacts, samplePackage } from './sample-facts.ts';

/** What would break a format, run in a page, steer a terminal or call somebody, if a report let it. */
export const hostile = `</script><script>alert(1)</script>"'&]]>|\`@team\u001b[31m\u202e\u0000\ud800](javascript:alert(1))`;

/** A report with everything in it; `evil` stands where images and advisories may write what they like. */
export function sampleReport(evil = 'harmless', rest: Partial<ScanReport> = {}): ScanReport {
  const facts = sampleFacts([
    ...['openssl', 'libssl3'].map((name) =>
      samplePackage({
        type: 'deb',
        name,
        version: '3.0.11-1~deb12u2',
        source: { name: 'openssl', version: '3.0.11-1~deb12u2' },
        base: { digest: `sha256:${'b'.repeat(64)}` as never, name: 'docker.io/library/debian:12', layers: 1 },
      }),
    ),
    samplePackage({
      type: 'npm',
      namespace: '@scope',
      name: 'left',
      version: '1.0.0',
      location: `app/${evil}/package.json`,
      layer: 1,
    }),
    samplePackage({
      type: 'npm',
      name: `x${evil}`,
      version: '1.0.0',
      purl: `pkg:npm/${encodeURIComponent('x')}@1.0.0`,
      layer: 1,
    }),
  ]);
  const database = memoryAdvisories([
    {
      id: 'CVE-2024-1000',
      ecosystem: 'Debian:12',
      name: 'openssl',
      fixed: '3.0.15-1~deb12u1',
      urgency: 'critical',
      kev: true,
      epss: 0.42,
      title: `Something is wrong ${evil}`,
      references: ['https://example.org/advisory?a=1&b=2', `javascript:alert(1)`, `https://example.org/${evil}`],
      cvss: [{ version: '3.1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', score: 9.8 }],
      published: '2024-02-03T04:05:06Z',
    },
    { id: 'CVE-2024-1001', ecosystem: 'Debian:12', name: 'openssl', urgency: 'low' },
    {
      id: 'GHSA-aaaa-bbbb-cccc',
      aliases: ['CVE-2024-2000'],
      ecosystem: 'npm',
      name: '@scope/left',
      fixed: '1.2.0',
      severity: 'high',
    },
    { id: `ADVISORY ${evil}`, ecosystem: 'npm', name: `x${evil}`, fixed: '2.0.0' },
  ]);
  const { findings, unjudged } = findVulnerabilities(facts, database);
  return {
    image: {
      name: `registry.example.org/team/app:v1${evil === 'harmless' ? '' : evil}`,
      digest: facts.digest,
      platform: 'linux/amd64',
      distribution: 'Debian GNU/Linux 12 (bookworm)',
      layers: facts.layers.map((layer, index) => (index === 1 ? { ...layer, instruction: `RUN echo ${evil}` } : layer)),
      packages: facts.packages.length,
    },
    database: { digest: facts.digest, newest: '2026-01-02T00:00:00Z' },
    findings: describeFindings(findings, database).map((finding) =>
      finding.id === 'CVE-2024-1001'
        ? {
            ...finding,
            suppressed: {
              by: 'vex',
              reason: evil,
              status: 'not-affected',
              justification: 'vulnerable_code_not_present',
              owner: evil,
            },
          }
        : finding,
    ),
    secrets: [
      {
        ...{ rule: 'github-pat', title: 'GitHub token', severity: 'critical', place: 'file', layer: 0, hiddenBy: 1 },
        ...{ location: `root/${evil}`, line: 3, excerpt: `token = ghp_**** ${evil}`, fingerprint: 'f'.repeat(64) },
      },
    ],
    checks: [
      {
        ...{
          id: 'root-user',
          severity: 'medium',
          title: 'It runs as root',
          reason: 'A break-out is root.',
          fix: 'Set USER.',
        },
        subjects: [evil],
      },
    ],
    unjudged: [
      ...unjudged,
      { reason: 'third-party', message: `Are not packages of ${evil}`, packages: ['pkg:deb/x@1'] },
    ],
    warnings: [{ path: `opt/${evil}.jar`, message: evil }],
    notes: [`A rule ended: ${evil}`],
    showSuppressed: true,
    time: '2026-01-02T03:04:05.000Z',
    version: '0.1.0',
    ...rest,
  };
}
