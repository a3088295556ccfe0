import type { RegistryView } from './registry-view.ts';

/** What a client is asked to do; a column of the table each. */
export const operations = [
  'login',
  'push',
  'tags',
  'pull',
  'copy',
  'mount',
  'attach',
  'sign',
  'verify',
  'attest',
  'delete',
] as const;
export type Operation = (typeof operations)[number];

/** A program that other people wrote, as its users run it. */
export interface Client {
  readonly name: string;
  /** Undefined, or why it cannot be used here although its program is there. */
  readonly obstacle?: (() => string | undefined) | undefined;
  /** Prints its version. */
  readonly version: readonly string[];
  /** Variables beside those of `Bench`. */
  readonly env?: ((bench: Bench) => NodeJS.ProcessEnv) | undefined;
  /** Before the first operation; what it gives is called at the end. */
  readonly prepare?: ((bench: Bench) => Promise<(() => Promise<void>) | undefined>) | undefined;
  /** Those that it has, run in the order of the columns. Each throws when the client fails, or when the registry does not have what it should. */
  readonly operations: Readonly<Partial<Record<Operation, (bench: Bench) => Promise<void>>>>;
}

/** What a client works with. */
export interface Bench {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly account: Account;
  /** Empty, the client's own: its home and working folder. */
  readonly folder: string;
  readonly image: SampleImage;
  readonly registry: RegistryView;
  /** `127.0.0.1:port/clients/<client>/<name>` */
  repository(name?: string): string;
  /** The same without the host. */
  path(name?: string): string;
  /** Runs the client: its stdout. Throws with its output when it fails. */
  run(...args: string[]): Promise<string>;
  /** The same with something to read. */
  input(text: string, ...args: string[]): Promise<string>;
  /** Brings the image into a repository of this client, by Lading. */
  seed(name: string): Promise<void>;
}

export interface Account {
  readonly name: string;
  readonly password: string;
}

/** An index of three platforms as OCI layout and as archive of that; its tag is `v1`. */
export interface SampleImage {
  readonly layout: string;
  readonly archive: string;
  readonly digest: string;
}
