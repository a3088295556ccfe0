import type { Severity } from '@lading/facts';

/** The rating of a CVSS score in words; what CVSS calls "None" is negligible here. CVSS v3.1 Specification §5, v4.0 §6. */
export function severityOf(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
