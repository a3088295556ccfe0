import type { Check } from '../check.ts';

const days = 90;

export const oldImage: Check = {
  id: 'old-image',
  standard: 'CIS Docker 1.6 §4.4',
  severity: 'low',
  title: `Older than ${days} days`,
  reason: 'It has none of the fixes since, whatever scanners know of them.',
  fix: 'Build it again on a new base, and do so by schedule.',
  find({ config, now }) {
    const created = Date.parse(config.created ?? '');
    // Reproducible builds say 1970, or the date of their sources: then it says nothing.
    if (now === undefined || Number.isNaN(created) || created < Date.UTC(2000, 0)) return [];
    const age = Math.floor((now.getTime() - created) / 86_400_000);
    return age > days ? [{ subjects: [`${age} days`] }] : [];
  },
};
