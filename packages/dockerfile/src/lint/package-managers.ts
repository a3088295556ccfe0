import type { ShellCommand } from './shell/shell-command.ts';
import type { ShellToken } from './shell/shell-word.ts';

/** What the rules know of a program that installs packages. */
export interface PackageManager {
  /** Where the packages are from. */
  readonly kind: 'system' | 'language';
  readonly verbs: readonly string[];
  /** True for a package that is named with its version. */
  readonly isPinned: (name: string) => boolean;
  /** With one of these options the packages, or their versions, are named elsewhere. */
  readonly elsewhere?: RegExp;
  /** Only with one of these options is anything installed into the system. */
  readonly only?: RegExp;
}

const apt: PackageManager = { kind: 'system', verbs: ['install'], isPinned: (name) => name.includes('=') };
const dnf: PackageManager = { kind: 'system', verbs: ['install'], isPinned: (name) => /-\d/.test(name) };
const pip: PackageManager = {
  kind: 'language',
  verbs: ['install'],
  isPinned: (name) => /[=<>~@]/.test(name),
  elsewhere: /^(?:-[rce]|--requirement|--constraint|--editable)/,
};

const managers: Readonly<Record<string, PackageManager>> = {
  'apt-get': apt,
  apt,
  dnf,
  microdnf: dnf,
  yum: dnf,
  apk: { kind: 'system', verbs: ['add'], isPinned: (name) => /[=~<>]/.test(name) },
  pip,
  pip3: pip,
  npm: {
    kind: 'language',
    verbs: ['install', 'i', 'add'],
    isPinned: (name) => /.@(?!latest$)/.test(name),
    only: /^(?:-g|--global)$/,
  },
  go: { kind: 'language', verbs: ['install'], isPinned: (name) => !name.endsWith('@latest') },
  gem: { kind: 'language', verbs: ['install'], isPinned: (name) => name.includes(':'), elsewhere: /^(?:-v|--version)/ },
  cargo: {
    kind: 'language',
    verbs: ['install'],
    isPinned: (name) => name.includes('@'),
    elsewhere: /^--(?:version|path|git|locked)/,
  },
};

/** Options of these programs whose value is the next word. */
const valued = new Set(
  '-o -t -c -i -X --virtual --repository --index-url --extra-index-url --target --target-release --registry --prefix --root'.split(
    ' ',
  ),
);

/** The arguments of a package manager that are neither options nor their values: a verb, then packages. */
export function packageOperands({ args }: ShellCommand): readonly ShellToken[] {
  return args.filter(({ text }, index) => !text.startsWith('-') && !valued.has(args[index - 1]?.text ?? ''));
}

/** The verb of a package manager; undefined without one. */
export function verbOf(command: ShellCommand): ShellToken | undefined {
  return packageOperands(command)[0];
}

export interface Installation {
  readonly manager: PackageManager;
  readonly verb: ShellToken;
  /** Packages by name; not files, folders and addresses. */
  readonly names: readonly ShellToken[];
}

/** What a command installs; undefined when it installs nothing. */
export function installationOf(command: ShellCommand): Installation | undefined {
  const manager = Object.hasOwn(managers, command.name) ? managers[command.name] : undefined;
  const [verb, ...names] = packageOperands(command);
  if (manager === undefined || verb === undefined || !manager.verbs.includes(verb.text)) return undefined;
  return { manager, verb, names: names.filter(({ text }) => !isFile(text)) };
}

function isFile(name: string): boolean {
  return /^[./]|:\/\/|\.(?:deb|rpm|apk|whl|tgz|gem)$|\.tar\.[a-z0-9]+$/.test(name);
}
