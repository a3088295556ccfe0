import { type Check, filesOf } from '../check.ts';

export const setuidFiles: Check = {
  id: 'setuid-files',
  standard: 'CIS Docker 1.6 §4.8',
  severity: 'low',
  title: 'Programs that give more rights than their caller has',
  reason: 'A fault in one of them makes any user of the container root; few programs need any of them.',
  fix: 'Take the bit away: RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +; run with no-new-privileges.',
  find: (image) => filesOf(image, 'setuid', 'setgid', 'capability'),
};
