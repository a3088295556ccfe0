import type { Check } from '../check.ts';

export const rootUser: Check = {
  id: 'root-user',
  standard: 'CIS Docker 1.6 §4.1',
  severity: 'medium',
  title: 'It runs as root',
  reason:
    'Whoever breaks into the program is root in the container, and one fault of the kernel away from the machine.',
  fix: 'Make a user and name it: USER 10001.',
  find({ config }) {
    const { User: user = '' } = config.config ?? {};
    const [name = ''] = user.split(':');
    return name === '' || name === 'root' || /^0+$/.test(name)
      ? [{ subjects: [user === '' ? 'no USER' : `USER ${user}`] }]
      : [];
  },
};
