import { endianness } from 'node:os';
import { deniedSystemCalls, namespaceFlags, TIOCSTI } from './seccomp.ts';

// The profile of seccomp.ts as a program for the kernel's filter machine (seccomp(2), linux/filter.h): for engines that take the
// program itself. OCI runtimes compile it with libseccomp, which knows the numbers of system calls; here they are written down.

interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h: how the kernel names it in `seccomp_data.arch`. */
  readonly audit: number;
  /** Calls from this number on are of another interface of the same architecture (x32): denied. */
  readonly end?: number;
  readonly numbers: Readonly<Record<string, number>>;
}

/** From 424 on every architecture has the same numbers. */
const common = {
  ...{ io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427, open_tree: 428, move_mount: 429, fsopen: 430 },
  ...{ fsconfig: 431, fsmount: 432, fspick: 433, clone3: 435, mount_setattr: 442, quotactl_fd: 443 },
};

const amd64: Architecture = {
  audit: 0xc000003e,
  end: 0x40000000,
  numbers: {
    ...common,
    ...{ ioctl: 16, clone: 56, syslog: 103, vhangup: 153, pivot_root: 155, acct: 163, settimeofday: 164, mount: 165 },
    ...{ umount2: 166, swapon: 167, swapoff: 168, reboot: 169, iopl: 172, ioperm: 173, create_module: 174 },
    ...{
      init_module: 175,
      delete_module: 176,
      get_kernel_syms: 177,
      query_module: 178,
      quotactl: 179,
      nfsservctl: 180,
    },
    ...{ lookup_dcookie: 212, clock_settime: 227, kexec_load: 246, add_key: 248, request_key: 249, keyctl: 250 },
    ...{ unshare: 272, perf_event_open: 298, open_by_handle_at: 304, setns: 308, kcmp: 312, finit_module: 313 },
    ...{ kexec_file_load: 320, bpf: 321, userfaultfd: 323 },
  },
};

const i386: Architecture = {
  audit: 0x40000003,
  numbers: {
    ...common,
    ...{ mount: 21, umount: 22, stime: 25, acct: 51, umount2: 52, ioctl: 54, settimeofday: 79, swapon: 87, reboot: 88 },
    ...{
      ioperm: 101,
      syslog: 103,
      iopl: 110,
      vhangup: 111,
      vm86old: 113,
      swapoff: 115,
      clone: 120,
      create_module: 127,
    },
    ...{ init_module: 128, delete_module: 129, get_kernel_syms: 130, quotactl: 131, vm86: 166, query_module: 167 },
    ...{ nfsservctl: 169, pivot_root: 217, lookup_dcookie: 253, clock_settime: 264, kexec_load: 283, add_key: 286 },
    ...{ request_key: 287, keyctl: 288, unshare: 310, perf_event_open: 336, open_by_handle_at: 342, setns: 346 },
    ...{ kcmp: 349, finit_module: 350, bpf: 357, userfaultfd: 374, clock_settime64: 404 },
  },
};

const arm64: Architecture = {
  audit: 0xc00000b7,
  numbers: {
    ...common,
    ...{ lookup_dcookie: 18, ioctl: 29, umount2: 39, mount: 40, pivot_root: 41, nfsservctl: 42, vhangup: 58 },
    ...{
      quotactl: 60,
      acct: 89,
      unshare: 97,
      kexec_load: 104,
      init_module: 105,
      delete_module: 106,
      clock_settime: 112,
    },
    ...{ syslog: 116, reboot: 142, settimeofday: 170, add_key: 217, request_key: 218, keyctl: 219, clone: 220 },
    ...{ swapon: 224, swapoff: 225, perf_event_open: 241, open_by_handle_at: 265, setns: 268, kcmp: 272 },
    ...{ finit_module: 273, bpf: 280, userfaultfd: 282, kexec_file_load: 294 },
  },
};

const architectures: Readonly<Record<string, readonly Architecture[]>> = { x64: [amd64, i386], arm64: [arm64] };

// Instructions: code, jump if true, jump if false, constant.
const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const ifEqual = (value: number, yes: number, no: number): Instruction => [0x15, yes, no, value];
const ifAtLeast = (value: number, yes: number, no: number): Instruction => [0x35, yes, no, value];
const ifAnyBit = (mask: number, yes: number, no: number): Instruction => [0x45, yes, no, mask];
const answer = (action: number): Instruction => [0x06, 0, 0, action];

type Instruction = readonly [code: number, yes: number, no: number, constant: number];

const allow = 0x7fff0000;
const refuse = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;
/** Where they lie in `struct seccomp_data`, the low halves of arguments on a little-endian machine. */
const place = { number: 0, architecture: 4, firstArgument: 16, secondArgument: 24 };

/** The program for this machine; undefined for an architecture whose numbers are not known here. Others' calls on it (x32, arm) are refused. */
export function seccompFilter(architecture: string = process.arch): Uint8Array | undefined {
  const known = architectures[architecture];
  if (known === undefined || endianness() !== 'LE') return undefined;
  const program = [...known.flatMap(section), answer(refuse | EPERM)];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, yes, no, constant]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(constant >>> 0, index * 8 + 4);
  }
  return bytes;
}

/** What is decided about the calls of one architecture; leaves its own section only when the call is of another. */
function section({ audit, end, numbers }: Architecture): Instruction[] {
  const denied = [...deniedSystemCalls, 'clock_settime64'].flatMap((name) => numbers[name] ?? []);
  const flags = namespaceFlags.reduce((mask, flag) => mask | flag, 0);
  const { clone = -1, clone3 = -1, ioctl = -1 } = numbers;
  const ends = [answer(allow), answer(refuse | EPERM), answer(refuse | ENOSYS)];
  // Behind the list of denied calls. Jumps count the instructions between; the three answers come last.
  const tests: Instruction[] = [
    ifEqual(clone3, 8, 0), // no such call: its flags lie in memory, where a filter cannot look, and libc falls back to clone()
    ifEqual(clone, 0, 2),
    load(place.firstArgument),
    ifAnyBit(flags, 4, 3),
    ifEqual(ioctl, 0, 2),
    load(place.secondArgument),
    ifEqual(TIOCSTI, 1, 0),
  ];
  const list = denied.map((number, index) => ifEqual(number, denied.length - index - 1 + tests.length + 1, 0));
  const interfaces = end === undefined ? [] : [ifAtLeast(end, denied.length + tests.length + 1, 0)];
  const body = [load(place.number), ...interfaces, ...list, ...tests, ...ends];
  return [load(place.architecture), ifEqual(audit, 0, body.length), ...body];
}
