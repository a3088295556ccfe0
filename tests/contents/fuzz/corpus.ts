// Sound files of every kind that a cataloger reads, each at a path where it is looked for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { collect } from '@lading/bytes';
import { openArchive, openImage } from '@lading/image';
import { readTar } from '@lading/tar';
import { vectorsFolder } from '@lading/testkit';
import { makeElf } from '../../../packages/contents/src/testing/make-elf.ts';
import { makeZip } from '../../../packages/contents/src/testing/make-zip.ts';

export interface SoundFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

const made = (path: string, content: string | Buffer, mode = 0o644): SoundFile => ({
  path,
  content: Buffer.from(content),
  mode,
});

/** Those of the vectors, of a real image, and made ones. */
export async function soundFiles(): Promise<readonly SoundFile[]> {
  const rpm = (path: string, name: string): SoundFile => made(path, readFileSync(join(vectorsFolder(), 'rpm', name)));
  return [
    ...(await filesOfAlpine()),
    rpm('var/lib/rpm/rpmdb.sqlite', 'cbl-mariner-2.0.rpmdb.sqlite'),
    rpm('var/lib/rpm/Packages.db', 'sle15-bci.Packages.ndb'),
    rpm('var/lib/rpm/Packages', 'libuuid.Packages.bdb'),
    ...madeFiles(),
  ];
}

const wanted = /^(?:etc\/os-release|etc\/alpine-release|lib\/apk\/db\/installed|etc\/shadow|etc\/passwd|bin\/busybox)$/;

async function filesOfAlpine(): Promise<readonly SoundFile[]> {
  const archive = await openArchive(join(vectorsFolder(), 'images/alpine-310.docker-archive.tar.gz'));
  try {
    const image = await openImage(archive.repository, archive.images[0]!.descriptor);
    const files: SoundFile[] = [];
    for await (const { path, type, mode, content } of readTar(await image.layers[0]!.uncompressed())) {
      if (type === 'file' && wanted.test(path)) {
        files.push({ path, mode, content: await collect(content, { maxBytes: 16 << 20, what: path }) });
      }
    }
    return files;
  } finally {
    await archive.close();
  }
}

function madeFiles(): readonly SoundFile[] {
  const go =
    'path\texample.org/a\nmod\texample.org/a\tv1.0.0\t\ndep\texample.org/b\tv1.2.3\th1:x\n=>\texample.org/c\tv2.0.0\n';
  const text = Buffer.concat([Buffer.alloc(16, 1), Buffer.from(go), Buffer.alloc(16, 2)]);
  const info = Buffer.concat([
    Buffer.from('\xff Go buildinf:\x08\x02', 'latin1'),
    Buffer.alloc(16),
    Buffer.from([6]),
    Buffer.from('go1.20'),
    Buffer.from([(text.length & 127) | 128, text.length >> 7]),
    text,
  ]);
  const crates = deflateSync(
    '{"packages":[{"name":"a","version":"1.0.0","source":"crates.io","dependencies":[1]},{"name":"b","version":"0.1.0","source":"crates.io"}]}',
  );
  const pom = {
    name: 'META-INF/maven/org.example/a/pom.properties',
    content: 'groupId=org.example\nartifactId=a\nversion=1.0\n',
  };
  const xml = {
    name: 'META-INF/maven/org.example/b/pom.xml',
    content: '<project><groupId>o</groupId><artifactId>b</artifactId><version>2</version></project>',
  };
  const manifest = {
    name: 'META-INF/MANIFEST.MF',
    content: 'Manifest-Version: 1.0\r\nBundle-SymbolicName: org.example.a\r\nBundle-Version: 1.0\r\n',
  };
  const jar = makeZip([pom, xml, manifest]);
  return [
    made(
      'var/lib/dpkg/status',
      'Package: a\nStatus: install ok installed\nVersion: 1:1.0-1+b1\nSource: b (1.0-1)\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: x\n y\n\n'.repeat(
        20,
      ),
    ),
    made('var/lib/dpkg/info/a.list', '/.\n/usr\n/usr/lib/node_modules/a/package.json\n'),
    made(
      'usr/share/doc/a/copyright',
      'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nFiles: *\nLicense: GPL-2+ and MIT\n',
    ),
    made(
      'usr/lib/node_modules/a/package.json',
      '{"name":"@a/b","version":"1.2.3","license":"(MIT OR Apache-2.0)","licenses":[{"type":"MIT"}]}',
    ),
    made(
      'app/.yarn/cache/a.zip',
      makeZip([{ name: 'node_modules/a/package.json', content: '{"name":"a","version":"1.0.0"}' }]),
    ),
    made(
      'usr/lib/python3/site-packages/a-1.dist-info/METADATA',
      'Metadata-Version: 2.1\nName: A.b\nVersion: 1.0\nLicense: MIT\nClassifier: License :: OSI Approved :: MIT License\n\ntext\n',
    ),
    made(
      'usr/lib/python3/site-packages/a-1.egg',
      makeZip([{ name: 'EGG-INFO/PKG-INFO', content: 'Name: a\nVersion: 1\n' }]),
    ),
    made('opt/conda/conda-meta/a.json', '{"name":"a","version":"1.0","build":"0","license":"MIT","channel":"x"}'),
    made(
      'usr/lib/ruby/gems/specifications/a-1.gemspec',
      'Gem::Specification.new do |s|\n  s.name = "a".freeze\n  s.version = "1.0"\n  s.licenses = ["MIT".freeze]\nend\n',
    ),
    made('app/vendor/composer/installed.json', '{"packages":[{"name":"a/b","version":"1.0","license":["MIT"]}]}'),
    made(
      'app/a.deps.json',
      '{"runtimeTarget":{"name":"x"},"targets":{"x":{"A/1.0.0":{"runtime":{}}}},"libraries":{"A/1.0.0":{"type":"package","sha512":"x"}}}',
    ),
    made(
      'app/a/1.0/a.nuspec',
      '<?xml version="1.0"?><package><metadata><id>a</id><version>1.0</version><license type="expression">MIT</license></metadata></package>',
    ),
    made('app/a.jar', jar),
    made(
      'app/outer.war',
      makeZip(
        [
          { name: 'WEB-INF/lib/a.jar', content: jar, stored: true },
          { name: 'WEB-INF/lib/b.jar', content: jar },
        ],
        { zip64: true },
      ),
    ),
    made('usr/bin/go', makeElf({ sections: { '.go.buildinfo': info } }), 0o755),
    made('usr/bin/stripped', makeElf({ sections: { '.go.buildinfo': info }, stripped: true }), 0o755),
    made('usr/bin/rust', makeElf({ sections: { '.dep-v0': crates } }), 0o755),
    made(
      'usr/bin/redis-server',
      makeElf({ sections: { '.rodata': Buffer.from('\0Redis version=7.0.15\0redis-server\0%s:7.0.15\0') } }),
      0o755,
    ),
    made('usr/lib/jvm/release', 'IMPLEMENTOR="x"\nJAVA_VERSION="17.0.1"\n'),
    made('var/lib/rpmmanifest/container-manifest-2', 'a\t1.0-1\t1\t2\tb\t(none)\t3\tx86_64\t0\ta-1.0-1.src.rpm\n'),
    made('home/app/.env', `password = "${'aB3xZ9'.repeat(5)}"\nAWS_SECRET_ACCESS_KEY=${'Ab1/'.repeat(10)}\n`),
  ];
}
