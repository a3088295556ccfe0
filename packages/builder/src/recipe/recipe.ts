/** What an `image.yaml` says: a distribution, packages, and how the image runs. Read it with `readRecipe` or `parseRecipe`. */
export interface Recipe {
  readonly distro: 'debian' | 'alpine';
  /** The suite's name in its archive, such as `bookworm`; a release of Alpine, such as `v3.20`. */
  readonly suite: string;
  /** Parts of the archive; `main` unless told, of Alpine `main` and `community`. */
  readonly components: readonly string[];
  /** Archives to use in place of the machine's own configuration of apt or apk. */
  readonly mirrors: readonly RecipeMirror[];
  /** Of Alpine, in place of mirrors: whole repositories, below which `<architecture>/APKINDEX.tar.gz` lies. */
  readonly repositories: readonly string[];
  /** Of Alpine: what apk in the image is configured with. Nothing of where packages came from is. */
  readonly runtimeRepositories: readonly string[];
  /** What vouches for the archives, absolute: a keyring file; for Alpine a folder of keys. Default: what apt or apk uses. */
  readonly keyring: string | undefined;
  /**
   * In order: earlier requests win where a dependency leaves a choice. Debian: `name`, `name=version` or `name (>= version)`;
   * Alpine: as in apk's world file, `name`, `name~1.2`, `!name`.
   */
  readonly packages: readonly string[];
  /** The distribution's names: `amd64` of Debian is `x86_64` of Alpine. One image is built for each. */
  readonly architectures: readonly string[];
  /** `distroless` leaves out what a running program does not need: documentation, locales, package tools, shells. */
  readonly variant: 'full' | 'distroless';
  /** Also installs the packages that Debian marks Essential. Default: true for `full`. Alpine marks none. */
  readonly essential: boolean;
  /** A shell for certain, also in a distroless image. */
  readonly shell: boolean;
  readonly accounts: { readonly users: readonly RecipeUser[]; readonly groups: readonly RecipeGroup[] };
  readonly paths: readonly RecipePath[];
  /** Packages in layers of their own, those of one source package together; at most `budget` layers of packages. */
  readonly layering: { readonly strategy: 'origin'; readonly budget: number } | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly workDir: string | undefined;
  readonly user: string | undefined;
  readonly stopSignal: string | undefined;
  readonly volumes: readonly string[];
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
  /** `permissions` changes what is there and makes nothing. */
  readonly type: 'directory' | 'file' | 'empty-file' | 'symlink' | 'hardlink' | 'permissions';
  /** Absolute, inside the image. */
  readonly path: string;
  /** Permission bits; 0o755 for directories, 0o644 for files unless told. Undefined: as it is. */
  readonly mode: number | undefined;
  /** Undefined: as it is; root's where it is made. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Of a directory, and of permissions: also for all that is below; the mode only where it was told. */
  readonly recursive: boolean;
  /** Of a file: its text. */
  readonly content: string | undefined;
  /** Of a file: where its bytes are read from, absolute. */
  readonly source: string | undefined;
  /** Of a symlink, as it is written; of a hard link, absolute. */
  readonly target: string | undefined;
}
