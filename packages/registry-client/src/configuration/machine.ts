import { homedir } from 'node:os';
import { join } from 'node:path';

/** A machine as its owner and its user have set it up: what configuration is looked up in. */
export interface Machine {
  /** Variables; those of this process unless told. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Put before the absolute paths `/etc` and `/run`, never before paths that a variable names: `/` unless told. */
  readonly root?: string | undefined;
}

/** The value of a variable; an empty one counts as not set. */
export function variable({ env = process.env }: Machine, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

export function homeFolder(machine: Machine): string {
  return variable(machine, 'HOME') ?? homedir();
}

/** `$XDG_CONFIG_HOME`, else `~/.config`. */
export function configHome(machine: Machine): string {
  return variable(machine, 'XDG_CONFIG_HOME') ?? join(homeFolder(machine), '.config');
}

export function systemPath({ root = '/' }: Machine, path: string): string {
  return join(root, path);
}
