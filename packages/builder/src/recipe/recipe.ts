/** What an `image.yaml` says: a distribution, packages, and how the image runs. Read it with `readRecipe` or `parseRecipe`. */
export interface Recipe {
  readonly distro: 'debian';
  /** The suite's name in its archive, such as `bookworm`. */
  readonly suite: string;
  /** Parts of the archive; `main` unless told. */
  readonly components: readonly string[];
  /** Archives to use in place of the machine's own apt configuration. */
  readonly mirrors: readonly RecipeMirror[];
  /** A keyring file that vouches for the archives, absolute. Default: what apt uses. */
  readonly keyring: string | undefined;
  /** In order: earlier requests win where a dependency leaves a choice. `name`, `name=version` or `name (>= version)`. */
  readonly packages: readonly string[];
  /** Debian's names: `amd64`, `arm64`, … One image is built for each. */
  readonly architectures: readonly string[];
  /** `distroless` leaves out what a running program does not need: documentation, locales, package tools, shells. */
  readonly variant: 'full' | 'distroless';
  /** Also installs the packages that Debian marks Essential. Default: true for `full`. */
  readonly essential: boolean;
  /** A shell for certain, also in a distroless image. */
  readonly shell: boolean;
  readonly accounts: { readonly users: readonly RecipeUser[]; readonly groups: readonly RecipeGroup[] };
  readonly paths: readonly RecipePath[];
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly workDir: string | undefined;
  readonly user: string | undefined;
  readonly stopSignal: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** For messages: the file, or what the caller called the text. */
  readonly name: string;
  /** What `source` of a path is relative to, absolute. */
  readonly folder: string;
}

export interface RecipeMirror {
  /** The archive's root: `dists/` and `pool/` lie below it. */
  readonly uri: string;
  readonly suites: readonly string[];
}

export interface RecipeUser {
  readonly name: string;
  readonly uid: number;
  /** The primary group; a group of the user's own name and number is made when it does not exist. */
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface RecipeGroup {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface RecipePath {
  readonly type: 'directory' | 'file' | 'symlink';
  /** Absolute, inside the image. */
  readonly path: string;
  /** Permission bits; 0o755 for directories, 0o644 for files unless told. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file: its text. */
  readonly content: string | undefined;
  /** Of a file: where its bytes are read from, relative to the recipe. */
  readonly source: string | undefined;
  /** Of a symlink. */
  readonly target: string | undefined;
}
