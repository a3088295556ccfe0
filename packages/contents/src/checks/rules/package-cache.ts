import { type Check, filesOf } from '../check.ts';

export const packageCache: Check = {
  id: 'package-cache',
  severity: 'low',
  title: 'Caches of package managers',
  reason: 'They make the image larger, slower to pull and different at each build, and nothing reads them.',
  fix: 'Keep them out of layers: RUN --mount=type=cache,target=/var/cache/apt …, or remove them in the same RUN.',
  find: (image) => filesOf(image, 'package-cache'),
};
