import { archiveCases } from './cases/archives.ts';
import { databaseCases } from './cases/databases.ts';
import { executableCases } from './cases/executables.ts';
import { layerCases } from './cases/layers.ts';
import { recordCases } from './cases/records.ts';
import { textCases } from './cases/texts.ts';
import type { HostileCase } from './hostile-case.ts';

export const allCases: readonly HostileCase[] = [
  ...archiveCases,
  ...recordCases,
  ...databaseCases,
  ...executableCases,
  ...textCases,
  ...layerCases,
];
