import type { BuildEnvironment, BuildRequest } from '@lading/builder';
import { Secret } from '@lading/errors';

/** What git repositories of a build may use to show who asks: its secrets, and its default ssh agent. */
export function remoteAccessOf({
  secrets,
  ssh,
}: Pick<BuildRequest, 'secrets' | 'ssh'>): Pick<BuildEnvironment, 'secret' | 'sshAgent'> {
  const agent = ssh?.get('default');
  return {
    async secret(id) {
      const source = secrets?.get(id);
      if (source === undefined) return undefined;
      const { readSecret } = await import('@lading/builder');
      const content = await readSecret(id, source);
      return content && new Secret(content.toString('utf8').trim());
    },
    sshAgent: agent && (agent.paths[0] ?? process.env.SSH_AUTH_SOCK),
  };
}
