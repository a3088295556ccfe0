import { redact } from '@lading/errors';
import { type CheckFinding, severities } from '@lading/facts';
import { allChecks } from './all-checks.ts';
import type { CheckedImage } from './check.ts';

/** What is unwise in how an image is made, from worst to least; of one severity in the order of their ids, then layers. */
export function checkImage(image: CheckedImage): readonly CheckFinding[] {
  const found = allChecks.flatMap(({ find, ...check }) =>
    find(image).map(
      ({ subjects, layer }): CheckFinding => ({
        ...check,
        // Instructions may hold what nobody should see.
        subjects: subjects.map(redact),
        layer,
      }),
    ),
  );
  return found.sort(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : (a.layer ?? -1) - (b.layer ?? -1)),
  );
}
