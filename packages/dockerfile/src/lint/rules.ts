import type { Rule } from './rule.ts';
import { baseImageRules } from './rules/base-image.ts';
import { casingRules } from './rules/casing.ts';
import { descriptionRules } from './rules/descriptions.ts';
import { directiveRules, misspelledCheckRule } from './rules/directives.ts';
import { downloadRules } from './rules/downloads.ts';
import { entryPointRules } from './rules/entry-point.ts';
import { layerOrderRules } from './rules/layer-order.ts';
import { legacyRules } from './rules/legacy.ts';
import { packageRules } from './rules/packages.ts';
import { pathRules } from './rules/paths.ts';
import { pinningRules } from './rules/pinning.ts';
import { portRules } from './rules/ports.ts';
import { runTimeRules } from './rules/run-time.ts';
import { secretRules } from './rules/secrets.ts';
import { shellHabitRules } from './rules/shell-habits.ts';
import { stageNameRules } from './rules/stage-names.ts';
import { variableRules } from './rules/variables.ts';

/** Every rule, BuildKit's checks first, in the order of their names. */
export const rules: readonly Rule[] = [
  ...casingRules,
  ...stageNameRules,
  ...baseImageRules,
  ...legacyRules,
  ...entryPointRules,
  ...pathRules,
  ...portRules,
  ...variableRules,
  ...descriptionRules,
  ...secretRules,
  ...pinningRules,
  ...packageRules,
  ...downloadRules,
  ...layerOrderRules,
  ...runTimeRules,
  ...shellHabitRules,
  ...directiveRules,
  misspelledCheckRule(() => ruleNames),
].sort((a, b) => (a.origin === b.origin ? (a.name < b.name ? -1 : 1) : a.origin === 'buildkit' ? -1 : 1));

const ruleNames: ReadonlySet<string> = new Set(rules.map(({ name }) => name));
