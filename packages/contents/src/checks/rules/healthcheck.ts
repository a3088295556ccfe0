import type { ExecutionConfig } from '@lading/oci';
import type { Check } from '../check.ts';

/** Docker's addition to the config of OCI. */
interface DockerConfig extends ExecutionConfig {
  readonly Healthcheck?: { readonly Test?: readonly string[] | undefined } | undefined;
}

export const healthcheck: Check = {
  id: 'no-healthcheck',
  standard: 'CIS Docker 1.6 §4.6',
  severity: 'negligible',
  title: 'No health check',
  reason: 'Docker and Swarm cannot tell a program that hangs from one that works. Kubernetes has probes of its own.',
  fix: 'Add HEALTHCHECK CMD with a program that asks whether all is well; ignore this where an orchestrator does it.',
  find({ config }) {
    const test = (config.config as DockerConfig | undefined)?.Healthcheck?.Test ?? [];
    return test.length === 0 || test[0] === 'NONE' ? [{ subjects: [] }] : [];
  },
};
