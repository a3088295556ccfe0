import { type Check, filesOf } from '../check.ts';

export const packageManager: Check = {
  id: 'package-manager-present',
  standard: 'CIS Docker 1.6 §4.3',
  severity: 'negligible',
  title: 'A package manager is in it',
  reason: 'An intruder installs tools with it. What runs is replaced by a new image, not changed in place.',
  fix: 'Copy what was installed into a stage without one.',
  find: (image) => filesOf(image, 'package-manager'),
};
