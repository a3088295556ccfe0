import { type Check, filesOf } from '../check.ts';

export const devices: Check = {
  id: 'device-files',
  severity: 'low',
  title: 'Device files',
  reason: 'A container has its devices from the runtime; one in a layer opens hardware wherever devices are allowed.',
  fix: 'Leave /dev out of the layer.',
  find: (image) => filesOf(image, 'device'),
};
