import type { AdvisorySample } from '../../../testing/memory-advisories.ts';
import { apkLabels } from './apk.ts';
import { debianLabels } from './debian.ts';
import type { Label } from './label.ts';
import { languagesLabels } from './languages.ts';
import { ownedLabels } from './owned.ts';
import { rpmLabels } from './rpm.ts';

const groups = [debianLabels, ownedLabels, apkLabels, rpmLabels, languagesLabels];

/** As OSV has them, early in 2025; shortened to what decides. */
export const labelledAdvisories: readonly AdvisorySample[] = groups.flatMap(({ advisories }) => advisories);

/** The table of true and false positives that the project keeps. What a scanner once got wrong belongs here. */
export const labels: readonly Label[] = groups.flatMap((group) => group.labels);
