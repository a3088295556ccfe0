import { type Check, filesOf } from '../check.ts';

export const emptyPasswords: Check = {
  id: 'empty-password',
  severity: 'critical',
  title: 'Accounts without a password',
  reason: 'Whoever can run su or log in becomes that user, root among them (CVE-2019-5021).',
  fix: 'Lock the account: RUN passwd --lock root.',
  find: (image) => filesOf(image, 'empty-password'),
};
