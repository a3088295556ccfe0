import { type Finding, severities } from '@lading/facts';
import { compareNatural } from './natural-order.ts';

/**
 * The most pressing first: what is known to be exploited (CISA KEV), then what probably will be (FIRST EPSS, in steps of a tenth, so that a
 * difference that means nothing does not outweigh severity), then by severity, then what can be fixed; at last by name, so that equal facts
 * give equal reports. What is suppressed comes last.
 */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    Number(a.suppressed !== undefined) - Number(b.suppressed !== undefined) ||
    Number(b.kev ?? false) - Number(a.kev ?? false) ||
    likelihood(b) - likelihood(a) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    Number(b.fix === 'fixed') - Number(a.fix === 'fixed') ||
    (b.epss ?? 0) - (a.epss ?? 0) ||
    compareText(a.affected.name, b.affected.name) ||
    compareNatural(b.id, a.id) ||
    compareText(a.package.purl, b.package.purl) ||
    compareText(a.places[0]?.location ?? '', b.places[0]?.location ?? '')
  );
}

function likelihood({ epss = 0 }: Finding): number {
  return Math.floor(epss * 10);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
