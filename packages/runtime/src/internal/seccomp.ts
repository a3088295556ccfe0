/**
 * System calls that programs in containers have no use for and that widen the kernel's surface or reach around namespaces:
 * keyrings (which are not namespaced), modules, kexec, tracing of the kernel, io_uring, new namespaces, mounts, clocks.
 * Everything else is allowed: a denial list does not break programs that use system calls it has never heard of.
 */
export const deniedSystemCalls: readonly string[] = [
  ...['add_key', 'keyctl', 'request_key'],
  ...['bpf', 'perf_event_open', 'userfaultfd', 'lookup_dcookie', 'kcmp'],
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  ...['init_module', 'finit_module', 'delete_module', 'create_module', 'query_module', 'get_kernel_syms'],
  ...['kexec_load', 'kexec_file_load', 'reboot', 'swapon', 'swapoff', 'acct', 'quotactl', 'quotactl_fd', 'nfsservctl'],
  ...['mount', 'umount', 'umount2', 'pivot_root', 'move_mount', 'open_tree', 'mount_setattr'],
  ...['fsopen', 'fsconfig', 'fsmount', 'fspick', 'open_by_handle_at'],
  ...['setns', 'unshare'],
  ...['settimeofday', 'stime', 'clock_settime'],
  ...['iopl', 'ioperm', 'vm86', 'vm86old', 'syslog', 'vhangup'],
];

const EPERM = 1;
const ENOSYS = 38;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
export const namespaceFlags: readonly number[] = [
  0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000,
];
export const TIOCSTI = 0x5412;

/** The `linux.seccomp` member of an OCI runtime config for this machine's architecture. */
export function seccompProfile(): object {
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: architectures(),
    syscalls: [
      { names: deniedSystemCalls, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
      // Its flags lie in memory, where a filter cannot look: libc falls back to clone().
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      ...namespaceFlags.map((flag) => ({
        names: ['clone'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: EPERM,
        args: [{ index: 0, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }],
      })),
      // Typing into a terminal that is shared with the caller.
      {
        names: ['ioctl'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: EPERM,
        args: [{ index: 1, value: 0xffffffff, valueTwo: TIOCSTI, op: 'SCMP_CMP_MASKED_EQ' }],
      },
    ],
  };
}

function architectures(): string[] {
  switch (process.arch) {
    case 'x64':
      return ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];
    case 'arm64':
      return ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'];
    default:
      return [];
  }
}
