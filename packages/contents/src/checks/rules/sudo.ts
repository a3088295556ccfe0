import { type Check, filesOf } from '../check.ts';

export const sudo: Check = {
  id: 'sudo-present',
  severity: 'low',
  title: 'sudo is in it',
  reason: 'It undoes that the container does not run as root.',
  fix: 'Do what needs root while building, and remove sudo.',
  find: (image) => filesOf(image, 'sudo'),
};
