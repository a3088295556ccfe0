import type { Check } from '../check.ts';

export const privilegedPorts: Check = {
  id: 'privileged-ports',
  severity: 'negligible',
  title: 'Ports below 1024',
  reason: 'On many hosts only root may listen there, so the program is run as root or with a capability.',
  fix: 'Listen on a port above 1023, and map it outside: -p 80:8080.',
  find({ config }) {
    const ports = Object.keys(config.config?.ExposedPorts ?? {}).filter((port) => Number.parseInt(port, 10) < 1024);
    return ports.length === 0 ? [] : [{ subjects: ports.sort() }];
  },
};
