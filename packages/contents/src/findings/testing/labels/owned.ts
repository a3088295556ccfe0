import { deb, from, type LabelGroup, no, pypi, yes } from './label.ts';

const in12 = { distribution: { id: 'debian', versionId: '12' } };
const requestsOfDebian = deb('python3-requests', '2.28.1+dfsg-1', from('requests', '2.28.1+dfsg-1'));
const toolOfOthers = deb('tool', '1.0-1nodesource1');

/** What the distribution brought, and what others did. PyPI's advisory of the same vulnerability is with the languages. */
export const ownedLabels: LabelGroup = {
  advisories: [{ id: 'CVE-2023-32681', ecosystem: 'Debian:12', name: 'requests' }],
  labels: [
    no(
      'CVE-2023-32681',
      pypi('requests', '2.28.1', { owner: { type: 'deb', name: 'python3-requests' } }),
      'a file of a package that is judged itself',
      { ...in12, beside: [requestsOfDebian] },
    ),
    yes('CVE-2023-32681', requestsOfDebian, 'that package', in12),
    yes(
      'CVE-2023-32681',
      pypi('requests', '2.28.1', { owner: { type: 'deb', name: 'tool' } }),
      "in a package of somebody else's",
      { ...in12, beside: [toolOfOthers] },
    ),
    yes('CVE-2023-32681', pypi('requests', '2.28.1'), 'installed with pip', { ...in12, beside: [requestsOfDebian] }),
  ],
};
