import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import type { Credentials } from '../credentials/credentials.ts';
import type { CredentialCase } from './credential-cases/credential-case.ts';

/** A home folder as a case describes it. */
export interface CredentialMachine {
  readonly env: NodeJS.ProcessEnv;
  readonly root: string;
}

/** Lays out the files and helpers of a case in a folder of its own, for a registry. */
export async function credentialMachine(
  t: TestContext,
  { files = {}, env = {}, helpers = {} }: CredentialCase,
  registry: string,
): Promise<CredentialMachine> {
  const home = await temporaryFolder(t);
  const named = (text: string): string => text.replaceAll('REGISTRY', registry);
  const write = async (path: string, text: string): Promise<string> => {
    const full = join(home, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
    return full;
  };
  await mkdir(join(home, 'run'));
  for (const [path, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await write(path.replace('UID', String(process.getuid?.() ?? 0)), named(text));
  }
  for (const [name, answers] of Object.entries(helpers)) {
    const script = answers === 'fails' ? '#!/bin/sh\necho locked\nexit 3\n' : helperScript(answers, named);
    await chmod(await write(`bin/docker-credential-${name}`, script), 0o755);
  }
  const variables = Object.entries({ XDG_RUNTIME_DIR: '~/run', ...env });
  return {
    root: join(home, 'root'),
    env: {
      HOME: home,
      PATH: `${join(home, 'bin')}${delimiter}${process.env.PATH}`,
      ...Object.fromEntries(variables.map(([name, value]) => [name, named(value.replace(/^~/, home))])),
    },
  };
}

/** How a case writes what was found. */
export function foundText(credentials: Credentials | undefined): string {
  if (credentials === undefined) return 'none';
  const { username, password, identityToken, registryToken } = credentials;
  if (registryToken !== undefined) return `bearer ${registryToken.reveal()}`;
  if (identityToken !== undefined) return `id ${identityToken.reveal()}`;
  return `${username ?? ''}:${password?.reveal() ?? ''}`;
}

/** A program of docker's credential helper protocol that has these answers. */
function helperScript(answers: Readonly<Record<string, string>>, named: (text: string) => string): string {
  const choices = Object.entries(answers).map(([key, pair]) => {
    const [, Username, Secret] = /^([^:]*):(.*)$/s.exec(pair) ?? [];
    return `'${named(key)}') printf '%s' '${JSON.stringify({ ServerURL: named(key), Username, Secret })}' ;;\n`;
  });
  return `#!/bin/sh
read -r key
case "$key" in
${choices.join('')}*) echo "credentials not found in native keychain"; exit 1 ;;
esac
`;
}
