import { type Check, filesOf } from '../check.ts';

export const worldWritable: Check = {
  id: 'world-writable',
  severity: 'medium',
  title: 'Files and folders that everybody may write',
  reason: 'Any user of the container can change what others, or root, will run or read.',
  fix: 'chmod o-w, or COPY --chmod=0755; a folder for all needs the sticky bit: chmod 1777.',
  find: (image) => filesOf(image, 'world-writable'),
};
