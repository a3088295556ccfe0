import { type Machine, variable } from '../configuration/machine.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import type { CredentialFile } from './credential-files.ts';
import { getFromHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';

export interface LookupOptions {
  readonly machine: Machine;
  readonly registry: string;
  readonly repository: string | undefined;
  readonly helperTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One search for credentials: whatever rules ask, each file is read once, and each helper asked once for the same key. */
export class Lookup {
  readonly machine: Machine;
  readonly registry: string;
  readonly repository: string | undefined;
  readonly #options: LookupOptions;
  readonly #files = new Map<string, Promise<ConfigFile | undefined>>();
  readonly #answers = new Map<string, Promise<Credentials | undefined>>();

  constructor(options: LookupOptions) {
    this.machine = options.machine;
    this.registry = options.registry;
    this.repository = options.repository;
    this.#options = options;
  }

  variable(name: string): string | undefined {
    return variable(this.machine, name);
  }

  /** Undefined when there is no such file. Throws CREDENTIALS_INVALID. */
  file(file: CredentialFile): Promise<ConfigFile | undefined> {
    return once(this.#files, file.path, () => readConfigFile(file));
  }

  /** Undefined when the helper has none. Throws CREDENTIALS_INVALID. */
  helper(name: string, key: string): Promise<Credentials | undefined> {
    const { machine, helperTimeoutMs, signal } = this.#options;
    return once(this.#answers, JSON.stringify([name, key]), () =>
      getFromHelper(name, key, { env: machine.env, timeoutMs: helperTimeoutMs, signal }),
    );
  }
}

function once<T>(found: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  let result = found.get(key);
  if (result === undefined) {
    result = find();
    found.set(key, result);
  }
  return result;
}
