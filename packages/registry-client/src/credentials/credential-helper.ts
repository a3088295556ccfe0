import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { interrupted, LadingError, Secret, throwIfAborted } from '@lading/errors';
import type { Credentials } from './credentials.ts';

export interface HelperOptions {
  /** The environment to run it in. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** After this it is killed; 60 s unless told, for some ask the user. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Helpers give this user name when the secret is an identity token. */
const tokenUser = '<token>';
const mostOutputBytes = 1 << 20;
const programPrefix = 'docker-credential-';

/**
 * Asks `docker-credential-<name> get`. Undefined when it has none for that key. Throws CREDENTIALS_INVALID when it is not installed, fails,
 * takes too long or answers with something else than JSON. Docker's credential helper protocol.
 */
export async function getFromHelper(
  name: string,
  key: string,
  options: HelperOptions = {},
): Promise<Credentials | undefined> {
  const { code, output } = await run(name, 'get', key, options);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(name, `get credentials of ${key}`, `it ended with code ${code}: ${output.trim().slice(0, 300)}`);
  }
  let answer: Record<string, unknown>;
  try {
    answer = Object(JSON.parse(output));
  } catch {
    throw failed(name, `get credentials of ${key}`, 'its answer is not JSON');
  }
  const { Username: username, Secret: secret } = answer;
  if (typeof secret !== 'string' || secret === '') return undefined;
  if (username === tokenUser) return { identityToken: new Secret(secret) };
  return { username: typeof username === 'string' ? username : '', password: new Secret(secret) };
}

/**
 * The helper that docker uses where its configuration holds nothing about credentials: the system's own keychain, if its program is
 * installed.
 */
export function systemHelper(env: NodeJS.ProcessEnv): string | undefined {
  const name = keychainOf(env);
  return isInstalled(`${programPrefix}${name}`, env) ? name : undefined;
}

function keychainOf(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return 'osxkeychain';
  if (process.platform === 'win32') return 'wincred';
  return isInstalled('pass', env) ? 'pass' : 'secretservice';
}

function isInstalled(program: string, env: NodeJS.ProcessEnv): boolean {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, file), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

export async function storeInHelper(
  name: string,
  key: string,
  { username = '', password, identityToken }: Credentials,
  options: HelperOptions = {},
): Promise<void> {
  const entry =
    identityToken === undefined
      ? { ServerURL: key, Username: username, Secret: password?.reveal() ?? '' }
      : { ServerURL: key, Username: tokenUser, Secret: identityToken.reveal() };
  const { code, output } = await run(name, 'store', JSON.stringify(entry), options);
  if (code !== 0) {
    throw failed(name, `store credentials of ${key}`, `it ended with code ${code}: ${output.trim().slice(0, 300)}`);
  }
}

/** False when it had none. */
export async function eraseFromHelper(name: string, key: string, options: HelperOptions = {}): Promise<boolean> {
  const { code, output } = await run(name, 'erase', key, options);
  if (code === 0) return true;
  if (/credentials not found/i.test(output)) return false;
  throw failed(name, `erase credentials of ${key}`, `it ended with code ${code}: ${output.trim().slice(0, 300)}`);
}

function run(
  name: string,
  action: string,
  input: string,
  { env = process.env, timeoutMs = 60_000, signal }: HelperOptions,
): Promise<{ code: number; output: string }> {
  // The name comes from a file and becomes part of a program's name: it must not lead to another folder.
  if (!/^[\w.-]{1,100}$/.test(name)) {
    throw new LadingError(
      'CREDENTIALS_INVALID',
      `Cannot use the credential helper "${name.slice(0, 100)}": it is not a name`,
    );
  }
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const child = spawn(`${programPrefix}${name}`, [action], {
      env,
      ...(signal === undefined ? {} : { signal }),
      stdio: ['pipe', 'pipe', 'ignore'],
      killSignal: 'SIGKILL',
    });
    // What the helper itself started may hold its output open for longer than it lives, so nobody waits for that.
    const kill = (): void => {
      child.kill('SIGKILL');
      child.stdout.destroy();
    };
    // Not spawn's own timeout: where the program does not exist, its timer goes on and holds the process.
    const timer = setTimeout(kill, timeoutMs);
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostOutputBytes) parts.push(chunk);
      else kill();
    });
    child.once('error', (cause) => {
      clearTimeout(timer);
      child.stdout.destroy();
      if (signal?.aborted) return reject(interrupted(signal));
      const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      reject(failed(name, action, absent ? 'the program is not installed' : 'it could not be started', cause));
    });
    child.once('close', (code, killedBy) => {
      clearTimeout(timer);
      if (code === null)
        reject(failed(name, action, `it was killed (${killedBy}) after at most ${timeoutMs / 1000} s`));
      else resolve({ code, output: Buffer.concat(parts).toString('utf8') });
    });
    // A helper that does not read its input closes the pipe under us; its exit code tells more.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function failed(name: string, action: string, why: string, cause?: unknown): LadingError {
  return new LadingError('CREDENTIALS_INVALID', `Cannot ${action} with docker-credential-${name}: ${why}`, {
    cause,
    hint: `Install that program, or remove it from credsStore and credHelpers of docker's config.json and log in again.`,
    details: { helper: name },
  });
}
