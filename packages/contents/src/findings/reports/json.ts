import type { Finding, FindingPlace } from '@lading/facts';
import {
  countBySeverity,
  counting,
  instructionOf,
  type Rated,
  type ScanReport,
  shown,
  vulnerabilitiesIn,
} from './scan-report.ts';

/** What `--format json` gives. Members are added only; a change of what one means raises `format`. */
export function jsonReport(report: ScanReport): object {
  const { image, database, time, version, since, unjudged, warnings, notes } = report;
  return {
    format: 'lading-scan/1',
    lading: version,
    time,
    image: {
      ...image,
      layers: image.layers.map(({ digest, diffId, size }, layer) => ({
        digest,
        diffId,
        size,
        instruction: instructionOf(report, layer),
      })),
    },
    ...(since === undefined ? {} : { since }),
    database,
    summary: {
      vulnerabilities: sum(report.findings && vulnerabilitiesIn(report.findings)),
      // The same, once for each package that has them.
      findings: report.findings && counting(report.findings).length,
      secrets: sum(report.secrets),
      checks: sum(report.checks),
    },
    findings: report.findings && shown(report, report.findings).map((finding) => jsonFinding(report, finding)),
    secrets: report.secrets && shown(report, report.secrets).map(({ fingerprint: _, ...secret }) => secret),
    checks: report.checks && shown(report, report.checks),
    unjudged,
    warnings,
    notes,
  };
}

function jsonFinding(report: ScanReport, finding: Finding): object {
  const { package: found, places, affected, ...rest } = finding;
  const { type, namespace, name, version, purl, source, base, owner } = found;
  const withInstruction = (place: FindingPlace): object => ({
    ...place,
    instruction: instructionOf(report, place.layer),
  });
  return {
    ...rest,
    package: { type, namespace, name, version, purl, source, base, owner },
    affected,
    places: places.map(withInstruction),
  };
}

function sum(items: readonly Rated[] | undefined): object | undefined {
  if (items === undefined) return undefined;
  const left = counting(items);
  return { total: left.length, suppressed: items.length - left.length, ...Object.fromEntries(countBySeverity(left)) };
}
