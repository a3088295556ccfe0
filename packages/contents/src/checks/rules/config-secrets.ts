import { secretsOfConfig } from '../../secrets/secrets-of-config.ts';
import type { Check } from '../check.ts';

export const configSecrets: Check = {
  id: 'secrets-in-config',
  standard: 'CIS Docker 1.6 §4.10',
  severity: 'high',
  title: 'Secrets in variables, labels or the history',
  reason: 'They are in the configuration, which everybody reads who can pull the image, and in logs and inventories.',
  fix: 'Replace the secret, hand it in when the container starts, and to a build by RUN --mount=type=secret.',
  find({ config, history }) {
    const found = secretsOfConfig(history === undefined ? config : { ...config, history });
    return found.length === 0 ? [] : [{ subjects: found.map(({ location, rule }) => `${location} (${rule})`) }];
  },
};
