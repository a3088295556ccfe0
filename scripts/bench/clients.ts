import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@lading/testkit';
import { measureProcess, type ProcessCost } from './measured-process.ts';

/**
 * A program that moves images; every call is one run of it, measured, and ended when it takes longer than `timeoutMs`, as measureProcess()
 * does. What it keeps lies in folders that are made anew.
 */
export interface Client {
  readonly name: string;
  /** Makes the image of a layout known to it, outside of what is measured. */
  prepare(layout: string): Promise<void>;
  /** What was prepared, to a registry. */
  push(to: string, timeoutMs?: number): Promise<ProcessCost>;
  /** Into something empty on this machine. */
  pull(from: string, timeoutMs?: number): Promise<ProcessCost>;
  /** From one registry to another. */
  copy(from: string, to: string, timeoutMs?: number): Promise<ProcessCost>;
  /** From a registry into one archive file. */
  save(from: string, timeoutMs?: number): Promise<ProcessCost>;
  /** Removes what was pulled or saved. */
  forget(): Promise<void>;
  clear(): Promise<void>;
}

export type Operation = 'push' | 'pull' | 'copy' | 'save';
export const operations: readonly Operation[] = ['push', 'pull', 'copy', 'save'];

export type ClientName = 'skopeo' | 'crane' | 'oras' | 'regctl';
export const clientNames: readonly ClientName[] = ['skopeo', 'crane', 'oras', 'regctl'];
const peers: Readonly<Record<ClientName, (program: string) => Commands>> = { skopeo, crane, oras, regctl };

export interface FindClientsOptions {
  /** Our program. */
  readonly lading: string;
  readonly folder: string;
  /** Which of the others. */
  readonly names: Iterable<ClientName>;
}

/** Those of the names whose program is not on this machine. */
export function missingClients(names: Iterable<ClientName>): ClientName[] {
  return [...names].filter((name) => findProgram(name) === undefined);
}

/** Ours, and those of the others that are installed. */
export function findClients({ lading, folder, names }: FindClientsOptions): Client[] {
  const others = [...names].flatMap((name) => {
    const program = findProgram(name);
    return program === undefined ? [] : [clientOf(name, join(folder, name), peers[name](program))];
  });
  return [ladingClient(lading, join(folder, 'lading')), ...others];
}

/** The commands of a program; `folder` is empty and its own. */
interface Commands {
  push(layout: string, to: string): Command;
  pull(from: string, folder: string): Command;
  copy(from: string, to: string): Command;
  save(from: string, file: string): Command;
}

type Command = readonly [string, ...string[]];

/** Peers push from the layout itself and pull into a layout. */
function clientOf(name: string, folder: string, commands: Commands): Client {
  const pulled = join(folder, 'pulled');
  let source = '';
  const run = async (command: Command, timeoutMs?: number): Promise<ProcessCost> => {
    await mkdir(folder, { recursive: true });
    // What it remembers lies here; what skopeo remembers for root lies in /var/lib/containers whatever we say. It lets skopeo ask for
    // mounts, which registries decline because the blobs were deleted.
    return measureProcess(command, {
      folder,
      timeoutMs,
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder },
    });
  };
  return {
    name,
    prepare: async (layout) => {
      source = layout;
    },
    push: (to, timeoutMs) => run(commands.push(source, to), timeoutMs),
    pull: (from, timeoutMs) => run(commands.pull(from, pulled), timeoutMs),
    copy: (from, to, timeoutMs) => run(commands.copy(from, to), timeoutMs),
    save: (from, timeoutMs) => run(commands.save(from, join(folder, 'saved.tar')), timeoutMs),
    forget: () => rm(folder, { recursive: true, force: true }),
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

function ladingClient(program: string, folder: string): Client {
  const [home, empty, saved] = [join(folder, 'home'), join(folder, 'pulled'), join(folder, 'saved.tar')];
  const run = async (root: string, args: readonly string[], timeoutMs?: number): Promise<ProcessCost> => {
    await mkdir(folder, { recursive: true });
    return measureProcess([program, ...args, '--quiet', '--root', root], { folder, timeoutMs });
  };
  return {
    name: 'lading',
    async prepare(layout) {
      await run(home, ['copy', `oci:${layout}:bench`, 'local:bench:latest']);
    },
    push: (to, timeoutMs) => run(home, ['push', 'bench:latest', to], timeoutMs),
    pull: (from, timeoutMs) => run(empty, ['pull', from], timeoutMs),
    copy: (from, to, timeoutMs) => run(empty, ['copy', from, to], timeoutMs),
    save: (from, timeoutMs) => run(empty, ['copy', from, `oci-archive:${saved}`], timeoutMs),
    async forget() {
      for (const path of [empty, saved]) await rm(path, { recursive: true, force: true });
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

function skopeo(program: string): Commands {
  const copy = (...args: string[]): Command => [
    ...([
      program,
      '--insecure-policy',
      'copy',
      '--quiet',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
    ] as const),
    ...args,
  ];
  return {
    push: (layout, to) => copy(`oci:${layout}:bench`, `docker://${to}`),
    pull: (from, folder) => copy(`docker://${from}`, `oci:${folder}:bench`),
    copy: (from, to) => copy(`docker://${from}`, `docker://${to}`),
    save: (from, file) => copy(`docker://${from}`, `oci-archive:${file}:bench`),
  };
}

function crane(program: string): Commands {
  return {
    push: (layout, to) => [program, '--insecure', 'push', layout, to],
    pull: (from, folder) => [program, '--insecure', 'pull', '--format=oci', from, folder],
    copy: (from, to) => [program, '--insecure', 'copy', from, to],
    save: (from, file) => [program, '--insecure', 'pull', '--format=tarball', from, file],
  };
}

function oras(program: string): Commands {
  return {
    push: (layout, to) => [program, 'copy', '--to-plain-http', '--from-oci-layout', `${layout}:bench`, to],
    pull: (from, folder) => [program, 'copy', '--from-plain-http', from, '--to-oci-layout', `${folder}:bench`],
    copy: (from, to) => [program, 'copy', '--from-plain-http', '--to-plain-http', from, to],
    save: (from, file) => [program, 'backup', '--plain-http', '--output', file, from],
  };
}

function regctl(program: string): Commands {
  const plain = (...references: string[]): string[] =>
    references.flatMap((reference) => ['--host', `reg=${reference.split('/', 1)[0]},tls=disabled`]);
  return {
    push: (layout, to) => [program, ...plain(to), 'image', 'copy', `ocidir://${layout}:bench`, to],
    pull: (from, folder) => [program, ...plain(from), 'image', 'copy', from, `ocidir://${folder}:bench`],
    copy: (from, to) => [program, ...plain(from, to), 'image', 'copy', from, to],
    save: (from, file) => [program, ...plain(from), 'image', 'export', from, file],
  };
}
