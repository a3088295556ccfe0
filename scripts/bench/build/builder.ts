import type { ProcessCost } from '../measured-process.ts';

/** An image that Dockerfiles start from. */
export interface Base {
  /** As FROM says it. */
  readonly name: string;
  /** As `docker save` writes it, with layers that are not compressed. */
  readonly dockerArchive: string;
  /** With the layers that it has in registries. */
  readonly ociArchive: string;
  /** The folder that the OCI archive is a tar of. */
  readonly layout: string;
  readonly digest: string;
}

export interface Job {
  /** A folder with a Dockerfile. */
  readonly context: string;
  readonly base: Base;
  /** Every step runs. */
  readonly noCache?: boolean;
  /** What is made is also written here, as an OCI archive of gzip layers. */
  readonly archive?: string;
}

/** What a client and the daemon behind it took together. */
export type BuildCost = ProcessCost;

/** A program that builds images, with a store of its own. Steps have the machine's network. */
export interface Builder {
  readonly name: string;
  readonly version: string;
  /** Takes an image into its store. */
  take(base: Base): Promise<void>;
  /** Builds into its store. Undefined when it cannot do what is asked for. */
  build(job: Job): Promise<BuildCost | undefined>;
  /** Forgets what it keeps of contexts that were sent to it, not what it made of them. */
  forgetContexts(): Promise<void>;
  /** Gives up what it built and kept, as far as it takes much room. */
  clean(): Promise<void>;
  stop(): Promise<void>;
}

/** Without a builder: what is missing for it. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}
