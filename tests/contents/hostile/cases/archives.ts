// Archives that are larger inside than any disk, or have no end.
import { crc32, deflateRawSync } from 'node:zlib';
import { makeZip } from '../../../../packages/contents/src/testing/make-zip.ts';
import { file, type HostileCase } from '../hostile-case.ts';

const manifest = 'META-INF/MANIFEST.MF';

/** A jar in a jar, so many times; the innermost has a pom. */
function nested(depth: number): Buffer {
  const pom = 'groupId=org.example\nartifactId=innermost\nversion=1.0\n';
  let jar = makeZip([{ name: 'META-INF/maven/org.example/innermost/pom.properties', content: pom }]);
  for (let level = 0; level < depth; level++) jar = makeZip([{ name: `level-${level}.jar`, content: jar }]);
  return jar;
}

/** Members that all claim the bytes of one: so much for so little that nobody could unpack it. */
function overlapping(count: number): Buffer {
  const kernel = Buffer.alloc(8 << 20);
  const real = { name: 'kernel.jar', content: kernel };
  const packed = deflateRawSync(kernel).length;
  const claims = { offset: 0, size: kernel.length, compressedSize: packed, crc32: crc32(kernel) };
  const others = Array.from({ length: count }, (_, at) => ({ name: `${at}.jar`, content: '', claims }));
  return makeZip([real, ...others]);
}

/** Each level holds the one below ten times. */
function tenfold(levels: number): Buffer {
  let inner = makeZip([{ name: manifest, content: Buffer.alloc(16 << 20) }]);
  for (let level = 0; level < levels; level++) {
    inner = makeZip(Array.from({ length: 10 }, (_, at) => ({ name: `${at}.jar`, content: inner })));
  }
  return inner;
}

/** A directory of a million empty members, written without the detours of `makeZip`. */
function crowd(count: number): Buffer {
  const [local, central] = [Buffer.alloc(30 + 7), Buffer.alloc(46 + 7)];
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(7, 26);
  central.writeUInt32LE(0x02014b50);
  central.writeUInt16LE(7, 28);
  const [locals, directory] = [Buffer.alloc(local.length * count), Buffer.alloc(central.length * count)];
  for (let at = 0; at < count; at++) {
    const name = at.toString(36).padStart(7, 'm');
    local.write(name, 30, 'latin1');
    central.write(name, 46, 'latin1');
    central.writeUInt32LE(at * local.length, 42);
    local.copy(locals, at * local.length);
    central.copy(directory, at * central.length);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(count % 0x10000, 8);
  end.writeUInt16LE(count % 0x10000, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(locals.length, 16);
  return Buffer.concat([locals, directory, end]);
}

const zeros = Buffer.alloc(8 << 20);

export const archiveCases: readonly HostileCase[] = [
  {
    name: 'jars in jars, seven deep',
    layers: () => [[file('app/deep.jar', nested(7))]],
    warned: ['app/deep.jar!/'],
  },
  {
    name: 'jars in jars, two hundred deep',
    layers: () => [[file('app/deeper.jar', nested(200))]],
    warned: ['app/deeper.jar!/'],
  },
  {
    name: 'a zip whose members overlap',
    layers: () => [[file('app/overlapping.jar', overlapping(2000))]],
    warned: ['app/overlapping.jar!/'],
  },
  {
    name: 'a member that inflates a thousandfold',
    layers: () => [[file('app/ratio.jar', makeZip([{ name: manifest, content: zeros }]))]],
    warned: [`app/ratio.jar!/${manifest}`],
  },
  {
    name: 'a member that inflates to more than it says',
    layers: () => [[file('app/liar.jar', makeZip([{ name: manifest, content: zeros, claims: { size: 1000 } }]))]],
    warned: [`app/liar.jar!/${manifest}`],
  },
  {
    name: 'ten jars in each of ten jars in each of ten jars, and so on',
    layers: () => [[file('app/tenfold.jar', tenfold(6))]],
    warned: ['app/tenfold.jar!/'],
    slow: true,
  },
  {
    name: 'a zip of a million members',
    layers: () => [[file('app/crowd.jar', crowd(1_000_000))]],
    warned: ['app/crowd.jar'],
    slow: true,
  },
  {
    name: 'a zip of 190,000 members, forty times in one',
    layers: () => {
      const inner = crowd(190_000);
      return [
        [
          file(
            'app/crowds.jar',
            makeZip(Array.from({ length: 40 }, (_, at) => ({ name: `${at}.jar`, content: inner }))),
          ),
        ],
      ];
    },
    warned: ['app/crowds.jar!/0.jar'],
    slow: true,
  },
  {
    name: 'an egg and a package of Yarn that inflate without end',
    layers: () => [
      [
        file('usr/lib/python3/site-packages/a-1.egg', makeZip([{ name: 'EGG-INFO/PKG-INFO', content: zeros }])),
        file('app/.yarn/cache/a.zip', makeZip([{ name: 'node_modules/a/package.json', content: zeros }])),
      ],
    ],
    warned: ['a-1.egg', 'app/.yarn/cache/a.zip'],
  },
];
