import type { Check } from '../check.ts';

/** What builds and looks around, and has no place in what runs. */
const tools =
  /^(?:gcc|g\+\+|make|cmake|build-essential|gdb|strace|ltrace|tcpdump|nmap|netcat|netcat-openbsd|netcat-traditional|telnet|socat|vim|nano|subversion|mercurial|man-db|rsh-client|ftp|nmap-ncat)$/;

export const unnecessaryPackages: Check = {
  id: 'unnecessary-packages',
  standard: 'CIS Docker 1.6 §4.3',
  severity: 'negligible',
  title: 'Tools for building and looking around',
  reason: 'They have faults of their own, and are what an intruder looks for.',
  fix: 'Build in one stage and copy the result into another.',
  find({ facts }) {
    const found = facts.packages.filter(
      ({ type, name }) => (type === 'deb' || type === 'apk' || type === 'rpm') && tools.test(name),
    );
    const layers = [...new Set(found.map(({ layer }) => layer))].sort((a, b) => a - b);
    return layers.map((layer) => ({
      layer,
      subjects: [...new Set(found.filter((each) => each.layer === layer).map(({ name }) => name))].sort(),
    }));
  },
};
