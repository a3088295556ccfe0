import { parseReference } from '@lading/oci';
import type { Check } from '../check.ts';

export const latestTag: Check = {
  id: 'latest-tag',
  severity: 'low',
  title: 'The tag is "latest"',
  reason: 'The name says nothing of what is in it, moves without notice, and cannot be rolled back to.',
  fix: 'Give a version: app:1.4.2, and deploy by digest.',
  find({ reference }) {
    if (reference === undefined) return [];
    const { tag, digest } = parseReference(reference);
    return digest === undefined && (tag === undefined || tag === 'latest') ? [{ subjects: [reference] }] : [];
  },
};
