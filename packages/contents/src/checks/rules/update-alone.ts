import { type Check, instructionsOf } from '../check.ts';

export const updateAlone: Check = {
  id: 'update-alone',
  standard: 'CIS Docker 1.6 §4.7',
  severity: 'low',
  title: 'An update of package lists in a step of its own',
  reason: 'The step stays in the cache, and later ones install from old lists, without the fixes since.',
  fix: 'Update and install in one RUN: apt-get update && apt-get install -y ….',
  find: (image) =>
    instructionsOf(
      image,
      /^(?:RUN )?(?:\|\d+ .{0,2000})?(?:\/bin\/sh -c )?\s*(?:apt-get|apt|apk|yum|dnf) (?:-\S+ )*(?:update|makecache)(?: -\S+)*\s*(?:# buildkit)?$/,
    ),
};
