import type { Appliers } from '../ledger/applier.ts';
import type { SecurityReportEntry } from '../security-reports.ts';

export const securityReportAppliers: Appliers<SecurityReportEntry> = { 'access.reported': async () => {} };
