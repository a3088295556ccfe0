import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPlatform, hostPlatform, matchPlatform, type Platform } from '@lading/oci';
import type { BindMount } from './mount.ts';

/** How programs of a platform run here. */
export type Execution =
  | { readonly kind: 'native' }
  /** Through an interpreter that the kernel starts; `mounts` are what a container needs of it. */
  | { readonly kind: 'emulated'; readonly interpreter: string; readonly mounts: readonly BindMount[] }
  /** Not at all. `remedy` is a sentence. */
  | { readonly kind: 'impossible'; readonly why: string; readonly remedy: string };

/** `e_machine` of ELF headers, and whether they are of 64 bits and little-endian (elf(5)). */
const machines: Readonly<Record<string, readonly [machine: number, is64: boolean, little: boolean]>> = {
  amd64: [0x3e, true, true],
  arm64: [0xb7, true, true],
  arm: [0x28, false, true],
  '386': [0x03, false, true],
  ppc64le: [0x15, true, true],
  s390x: [0x16, true, false],
  riscv64: [0xf3, true, true],
  loong64: [0x102, true, true],
  mips64le: [0x08, true, true],
};

/** Programs of another architecture that this one's processors run by themselves. */
const compatible: Readonly<Record<string, readonly string[]>> = { amd64: ['386'] };

/**
 * Finds out how programs of a platform run on this machine: by themselves, or through a handler that the kernel knows (binfmt_misc). A
 * handler that was registered with the flag F works everywhere; the interpreter of another has to be seen in the container.
 */
export async function findExecution(
  platform: Platform,
  { host = hostPlatform(), handlers = '/proc/sys/fs/binfmt_misc' }: FindExecutionOptions = {},
): Promise<Execution> {
  if (matchPlatform(host, platform)) return { kind: 'native' };
  const { os, architecture } = platform;
  if (os === host.os && compatible[host.architecture]?.includes(architecture)) return { kind: 'native' };
  const name = formatPlatform(platform);
  if (os !== 'linux') {
    return {
      kind: 'impossible',
      why: `programs for ${name} need another kernel`,
      remedy: 'Build on a machine of that platform.',
    };
  }
  for (const handler of await enabledHandlers(handlers)) {
    if (!handler.handles(architecture)) continue;
    const { interpreter, flags } = handler;
    if (flags.includes('F')) return { kind: 'emulated', interpreter, mounts: [] };
    if (existsSync(interpreter)) {
      return { kind: 'emulated', interpreter, mounts: [{ source: interpreter, target: interpreter, readOnly: true }] };
    }
  }
  return {
    kind: 'impossible',
    why: `this machine is ${formatPlatform(host)} and its kernel has no handler for programs of ${name}`,
    remedy:
      'Install qemu-user-static and binfmt-support (as root: mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc; update-binfmts --enable), or build on a machine of that platform. Stages that only copy files need neither.',
  };
}

export interface FindExecutionOptions {
  readonly host?: Platform | undefined;
  /** The folder where the kernel shows its handlers. */
  readonly handlers?: string | undefined;
}

interface Handler {
  readonly interpreter: string;
  readonly flags: string;
  handles(architecture: string): boolean;
}

async function enabledHandlers(folder: string): Promise<Handler[]> {
  const names = (await readdir(folder).catch(() => []))
    .filter((name) => name !== 'register' && name !== 'status')
    .sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  return texts.flatMap((text) => parseHandler(text) ?? []);
}

/** One file of binfmt_misc (Linux admin guide §Kernel Support for miscellaneous Binary Formats). Undefined when it is disabled or of no use here. */
export function parseHandler(text: string): Handler | undefined {
  const lines = text.split('\n');
  const value = (key: string) => lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  const interpreter = value('interpreter');
  const magic = Buffer.from(value('magic') ?? '', 'hex');
  if (lines[0] !== 'enabled' || interpreter === undefined || value('offset') !== '0' || magic.length < 20)
    return undefined;
  const little = magic[5] !== 2;
  const machine = little ? magic.readUInt16LE(18) : magic.readUInt16BE(18);
  return {
    interpreter,
    flags:
      lines
        .find((line) => line.startsWith('flags:'))
        ?.slice('flags:'.length)
        .trim() ?? '',
    handles(architecture) {
      const [wanted, is64, isLittle] = machines[architecture] ?? [];
      return machine === wanted && (magic[4] === 2) === is64 && little === isLittle;
    },
  };
}
