import { type Check, filesOf } from '../check.ts';

export const sshKeys: Check = {
  id: 'ssh-keys',
  severity: 'critical',
  title: 'SSH keys are in it',
  reason: 'Everybody who can pull the image has them; host keys are then the same in every container.',
  fix: 'Take the layer out and replace the keys. For a build: RUN --mount=type=ssh.',
  find: (image) => filesOf(image, 'ssh-key'),
};
