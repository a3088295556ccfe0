/** What each program finds; a text alone is what all of them and Lading find. */
export type Found =
  | string
  | { readonly docker: string; readonly podman: string; readonly crane: string; readonly lading: string };

/**
 * A machine on which somebody asks for `REGISTRY/team/app`, and what is then found: `name:password`, `id TOKEN` for an identity token,
 * `bearer TOKEN`, `none`, or `error`.
 */
export interface CredentialCase {
  readonly name: string;
  /** By path in the home folder. `REGISTRY` in them stands for the registry that is asked for. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** `~` stands for the home folder. */
  readonly env?: Readonly<Record<string, string>>;
  /** Programs on PATH: `docker-credential-NAME` with what it has by key; `fails` has nothing and ends with an error. */
  readonly helpers?: Readonly<Record<string, Readonly<Record<string, string>> | 'fails'>>;
  readonly registry?: string;
  readonly repository?: string;
  /** Not to be tried with the real programs: they would look outside of the home folder, or are stricter. */
  readonly ownOnly?: true;
  /** The first docker that does so; earlier ones are not asked. */
  readonly sinceDocker?: number;
  readonly found: Found;
  /** What crane finds as well: where several keys are as good it takes the first of a Go map, which has no order. */
  readonly otherOfCrane?: string;
}

/** An entry of `auths` for `name:password`. */
export const auth = (pair: string, more: object = {}): object => ({
  auth: Buffer.from(pair).toString('base64'),
  ...more,
});
/** A file with one entry. */
export const auths = (pair: string, key = 'REGISTRY'): object => ({ auths: { [key]: auth(pair) } });

/** Files in the home folder: docker's, podman's two, and that of old docker. */
export const docker = '.docker/config.json';
export const runtime = 'run/containers/auth.json';
export const user = '.config/containers/auth.json';
export const legacy = '.dockercfg';
