import type { ExtraHost, ProcessLimits } from '@lading/runtime';
import type { SecretSource } from './secrets.ts';
import type { SshSource } from './ssh-agent.ts';

/** What a Dockerfile may ask for only when the person who builds it allows it. */
export type Entitlement = 'security.insecure' | 'network.host' | 'device';

/** How RUN steps run, and what they may use. */
export interface RunOptions {
  /** By id. */
  readonly secrets?: ReadonlyMap<string, SecretSource> | undefined;
  /** By id; `default` is that of a mount which names none. */
  readonly ssh?: ReadonlyMap<string, SshSource> | undefined;
  /** The network of steps that do not say: `default` is one of their own where this machine can give them one, else this machine's. */
  readonly network?: 'default' | 'none' | 'host' | undefined;
  /** Lines of /etc/hosts. The address `host-gateway` stands for this machine. */
  readonly addHosts?: readonly ExtraHost[] | undefined;
  readonly allow?: ReadonlySet<Entitlement> | undefined;
  /** Of each step; in no cache key. */
  readonly stepLimits?: ProcessLimits | undefined;
  /** Setuid programs give no rights in steps. */
  readonly noNewPrivileges?: boolean | undefined;
  /** What steps leave behind and no layer should hold: patterns as of `Scratch.forget()`, such as `scrubList`. */
  readonly scrub?: readonly string[] | undefined;
  /** Called when a step failed, before its file system is gone and the build fails. */
  readonly onFailedStep?: ((step: FailedStep) => Promise<void>) | undefined;
}

/** A step that failed, with everything it had still in place. */
export interface FailedStep {
  readonly title: string;
  readonly exitCode: number;
  /** Opens the shell of the image on the terminal of this process, as the step's user and in its folder; resolves with its exit code. */
  openShell(): Promise<number>;
}
