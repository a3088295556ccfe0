import type { Check } from '../check.ts';

const baseName = 'org.opencontainers.image.base.name';
const baseDigest = 'org.opencontainers.image.base.digest';

export const latestBase: Check = {
  id: 'latest-base',
  standard: 'CIS Docker 1.6 §4.2',
  severity: 'low',
  title: 'The base is "latest"',
  reason: 'The next build stands on another base without anybody having decided so.',
  fix: 'Name a version of the base, better with its digest: FROM debian:12.8@sha256:….',
  find({ config, facts }) {
    const labels = config.config?.Labels ?? {};
    const known = facts.packages.find(({ base }) => base?.name !== undefined)?.base?.name;
    const name = labels[baseName] ?? known;
    if (name === undefined || name.includes('@') || labels[baseDigest] !== undefined) return [];
    const tag = /:([^:/]+)$/.exec(name)?.[1];
    return tag === undefined || tag === 'latest' ? [{ subjects: [name] }] : [];
  },
};
