// Programs whose tables lie.
import { deflateSync } from 'node:zlib';
import { ELF_BASE, FIRST_SECTION, makeElf } from '../../../../packages/contents/src/testing/make-elf.ts';
import { type HostileCase, program, repeated } from '../hostile-case.ts';

const magic = Buffer.from('\xff Go buildinf:', 'latin1');

function buildInfo(flags: number, rest: Buffer): Buffer {
  return Buffer.concat([magic, Buffer.from([8, flags]), flags === 2 ? Buffer.alloc(16) : Buffer.alloc(0), rest]);
}

/** Pointers that lead to themselves. */
const circle = Buffer.from(BigUint64Array.from([BigInt(FIRST_SECTION + 16), BigInt(FIRST_SECTION + 16)]).buffer);

function lying(write: (elf: Buffer) => void): Buffer {
  const elf = makeElf({ sections: { '.go.buildinfo': buildInfo(2, Buffer.alloc(64)), '.rodata': Buffer.alloc(4096) } });
  write(elf);
  return elf;
}

export const executableCases: readonly HostileCase[] = [
  {
    name: 'build information of Go with lying lengths and pointers in a circle',
    layers: () => [
      [
        program('go/endless', makeElf({ sections: { '.go.buildinfo': buildInfo(2, Buffer.alloc(64, 0xff)) } })),
        program(
          'go/huge',
          makeElf({ sections: { '.go.buildinfo': buildInfo(2, Buffer.from([0xff, 0xff, 0xff, 0x7f])) } }),
        ),
        program('go/circle', makeElf({ sections: { '.go.buildinfo': buildInfo(0, circle) } })),
        program(
          'go/marks',
          makeElf({
            sections: { '.go.buildinfo': Buffer.concat(Array.from({ length: 100_000 }, () => magic)) },
            stripped: true,
          }),
        ),
      ],
    ],
    warned: ['go/endless', 'go/huge', 'go/circle'],
  },
  {
    name: 'ELF files whose tables lie about place, size and number',
    layers: () => [
      [
        program(
          'elf/far',
          lying((elf) => elf.writeBigUInt64LE(2n ** 63n, 40)),
        ),
        program(
          'elf/many',
          lying((elf) => elf.writeUInt16LE(0xffff, 60)),
        ),
        program(
          'elf/thin',
          lying((elf) => elf.writeUInt16LE(1, 58)),
        ),
        program(
          'elf/extended',
          lying((elf) => elf.writeUInt16LE(0, 60)),
        ),
        program(
          'elf/itself',
          lying((elf) => elf.writeBigUInt64LE(0n, 32)),
        ),
        program(
          'elf/segments',
          lying((elf) => elf.writeUInt16LE(0xffff, 56)),
        ),
        program('elf/cut', lying(() => {}).subarray(0, 70)),
      ],
    ],
  },
  {
    name: 'a list of crates that inflates without end, one that is deep, and one of a million',
    slow: true,
    layers: () => {
      const crates = (text: string | Buffer): Buffer => makeElf({ sections: { '.dep-v0': deflateSync(text) } });
      return [
        [
          program('rust/bomb', crates(Buffer.alloc(100 << 20, ' '))),
          program('rust/deep', crates(`{"packages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)),
          program(
            'rust/many',
            crates(
              `{"packages":[${'{"name":"a","version":"1.0.0","source":"crates.io","dependencies":[0]},'.repeat(100_000)}{}]}`,
            ),
          ),
          program('rust/none', crates('null')),
        ],
      ];
    },
    warned: ['rust/bomb'],
  },
  {
    name: 'a runtime whose every byte begins a version',
    slow: true,
    layers: () => [
      [
        program(
          'usr/bin/redis-server',
          makeElf({ sections: { '.rodata': Buffer.from('Redis version=7.0.'.repeat(800_000)) } }),
        ),
        program(
          'usr/bin/nginx',
          makeElf({ sections: { '.rodata': Buffer.from('nginx version: nginx/1.'.repeat(600_000)) } }),
        ),
        program(
          'usr/bin/python3.11',
          makeElf({ sections: { '.rodata': Buffer.from('3.11.\x003.11.'.repeat(1_000_000)) } }),
        ),
        program('usr/bin/node', makeElf({ sections: { '.rodata': Buffer.from('node.js/v1'.repeat(1_000_000)) } })),
      ],
    ],
  },
  {
    name: 'a program of 1 GB without a table, all of it data',
    layers: () => {
      const head = makeElf({ sections: { UPX: Buffer.alloc(100) }, stripped: true });
      head.writeBigUInt64LE(1_000_000_000n, 64 + 32);
      head.writeBigUInt64LE(BigInt(ELF_BASE), 64 + 16);
      const chunk = Buffer.concat([head, Buffer.alloc(256 << 10)]);
      return [[{ ...repeated('usr/bin/large', 1_000_000_000, chunk), mode: 0o755 }]];
    },
    slow: true,
  },
];
