import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seccompFilter } from './seccomp-filter.ts';

interface Call {
  readonly architecture: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** The kernel's machine, as far as filters here use it. */
function decide(program: Uint8Array, { architecture, number, args = [] }: Call): string {
  const view = Buffer.from(program);
  const data = new Map([
    [0, number],
    [4, architecture],
    [16, args[0] ?? 0],
    [24, args[1] ?? 0],
  ]);
  let register = 0;
  for (let at = 0; at < view.length / 8; at++) {
    const code = view.readUInt16LE(at * 8);
    const jump = (yes: boolean): number => view.readUInt8(at * 8 + (yes ? 2 : 3));
    const constant = view.readUInt32LE(at * 8 + 4);
    if (code === 0x20) register = data.get(constant) ?? assert.fail(`load of ${constant}`);
    else if (code === 0x15) at += jump(register === constant);
    else if (code === 0x35) at += jump(register >= constant);
    else if (code === 0x45) at += jump((register & constant) !== 0);
    else if (code === 0x06)
      return { 2147418112: 'allow', 327681: 'EPERM', 327718: 'ENOSYS' }[constant] ?? String(constant);
    else assert.fail(`code ${code}`);
  }
  return assert.fail('it ran off its end');
}

const x64 = 0xc000003e;
const ia32 = 0x40000003;

test('the filter decides as the profile says, for both interfaces of amd64', () => {
  const program = seccompFilter('x64') ?? assert.fail();
  const calls: readonly (readonly [Call, string])[] = [
    [{ architecture: x64, number: 0 }, 'allow'], // read
    [{ architecture: x64, number: 59 }, 'allow'], // execve
    [{ architecture: x64, number: 462 }, 'allow'],
    [{ architecture: x64, number: 165 }, 'EPERM'], // mount
    [{ architecture: x64, number: 248 }, 'EPERM'], // add_key, the first of the list
    [{ architecture: x64, number: 272 }, 'EPERM'], // unshare
    [{ architecture: x64, number: 103 }, 'EPERM'], // syslog
    [{ architecture: x64, number: 153 }, 'EPERM'], // vhangup, the last
    [{ architecture: x64, number: 435 }, 'ENOSYS'], // clone3
    [{ architecture: x64, number: 56, args: [0x01200011] }, 'allow'], // fork
    [{ architecture: x64, number: 56, args: [0x10000011] }, 'EPERM'], // CLONE_NEWUSER
    [{ architecture: x64, number: 16, args: [1, 0x5401] }, 'allow'], // TCGETS
    [{ architecture: x64, number: 16, args: [1, 0x5412] }, 'EPERM'], // TIOCSTI
    [{ architecture: x64, number: 0x40000000 }, 'EPERM'], // x32
    [{ architecture: ia32, number: 3 }, 'allow'], // read
    [{ architecture: ia32, number: 21 }, 'EPERM'], // mount
    [{ architecture: ia32, number: 56 }, 'allow'], // what is clone for the other
    [{ architecture: ia32, number: 120, args: [0x20000] }, 'EPERM'], // clone with CLONE_NEWNS
    [{ architecture: 0xc00000b7, number: 0 }, 'EPERM'],
  ];
  for (const [call, expected] of calls) assert.equal(decide(program, call), expected, JSON.stringify(call));
  assert.equal(decide(seccompFilter('arm64') ?? assert.fail(), { architecture: 0xc00000b7, number: 40 }), 'EPERM');
  assert.equal(seccompFilter('riscv64'), undefined);
});
