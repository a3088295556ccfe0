import { type Check, filesOf } from '../check.ts';

export const sshServer: Check = {
  id: 'ssh-server',
  standard: 'CIS Docker 1.6 §4.3',
  severity: 'medium',
  title: 'It is made to be logged in to',
  reason: 'A server for logins is one more door, with accounts and keys that no orchestrator knows of.',
  fix: 'Remove it; kubectl exec and docker exec do the same under the rights of the orchestrator.',
  find(image) {
    const ports = Object.keys(image.config.config?.ExposedPorts ?? {}).filter((port) => /^22(?:\/tcp)?$/.test(port));
    const servers = image.facts.packages.filter(({ name }) =>
      /^(?:openssh-server|dropbear(?:-bin)?|openssh-sftp-server)$/.test(name),
    );
    return [
      ...filesOf(image, 'authorized-keys'),
      ...(ports.length === 0 ? [] : [{ subjects: ports.map((port) => `EXPOSE ${port}`) }]),
      ...servers.map(({ name, layer }) => ({ subjects: [name], layer })),
    ];
  },
};
