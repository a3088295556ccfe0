import type { Check } from '../check.ts';

const sensitive =
  /^\/(?:var\/run\/docker\.sock|run\/docker\.sock|var\/run\/containerd|run\/containerd|etc|proc|sys|dev|root|boot|usr|lib)?\/?$/;

export const volumes: Check = {
  id: 'sensitive-volume',
  severity: 'medium',
  title: 'A volume where the system lies',
  reason: 'It asks to be run with a part of the host, or with what decides over the container, mounted into it.',
  fix: 'Keep volumes to the data of the application.',
  find({ config }) {
    const paths = Object.keys(config.config?.Volumes ?? {}).filter((path) => sensitive.test(path));
    return paths.length === 0 ? [] : [{ subjects: paths.sort() }];
  },
};
