/** How bad a vulnerability is, from worst to least; `unknown` where nobody rated it. */
export const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;

export type Severity = (typeof severities)[number];

/** Whether one is at least as bad as another; `unknown` is the least. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(threshold);
}
