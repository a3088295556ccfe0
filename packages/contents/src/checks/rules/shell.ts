import { type Check, filesOf } from '../check.ts';

export const shell: Check = {
  id: 'shell-present',
  severity: 'negligible',
  title: 'A shell is in it',
  reason: 'Most ways from a fault to a foothold go through a shell; a program on its own needs none.',
  fix: 'Build on a base without one (distroless, scratch), and debug with an ephemeral container.',
  find: (image) => filesOf(image, 'shell'),
};
