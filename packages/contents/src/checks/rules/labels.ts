import type { Check } from '../check.ts';

const wanted = ['source', 'revision', 'version', 'licenses'].map((name) => `org.opencontainers.image.${name}`);

export const labels: Check = {
  id: 'missing-labels',
  severity: 'negligible',
  title: 'Labels of OCI are missing',
  reason: 'Nobody can tell from the image where its source is and what it was built of.',
  fix: 'Set them at the build: --label org.opencontainers.image.source=https://….',
  find({ config }) {
    const missing = wanted.filter((name) => (config.config?.Labels?.[name] ?? '') === '');
    return missing.length === 0 ? [] : [{ subjects: missing }];
  },
};
