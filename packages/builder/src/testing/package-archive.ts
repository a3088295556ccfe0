import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { gzip as gzipCallback, zstdCompress as zstdCallback } from 'node:zlib';
import { collect, fromBuffer } from '@lading/bytes';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { createCleartextMessage, generateKey, type PrivateKey, sign } from 'openpgp';

const gzip = promisify(gzipCallback);
const zstd = promisify(zstdCallback);

/** A package to make: fields of its control file, and its files by path. */
export interface SamplePackage {
  readonly name: string;
  readonly version?: string;
  readonly architecture?: string;
  /** More control fields, a line each. */
  readonly fields?: readonly string[];
  /** By path; text makes a file, an object an entry. */
  readonly files?: Readonly<Record<string, string | Partial<TarEntryInput>>>;
  /** More members of the control archive. */
  readonly control?: Readonly<Record<string, string>>;
  readonly compression?: 'none' | 'gz' | 'zst';
}

export interface BuiltPackage {
  readonly filename: string;
  readonly data: Buffer;
  /** Its paragraph in the index. */
  readonly paragraph: string;
}

/** A real `.deb`, written with our own tar and ar. */
export async function buildPackage(sample: SamplePackage): Promise<BuiltPackage> {
  const { name, version = '1.0-1', architecture = 'amd64', fields = [], compression = 'gz' } = sample;
  const head = [`Package: ${name}`, `Version: ${version}`, `Architecture: ${architecture}`];
  const rest = ['Maintainer: Sample <sample@example.org>', ...fields, 'Description: a sample', ' for tests'];
  const control = `${[...head, ...rest].join('\n')}\n`;
  const files = Object.entries(sample.files ?? {}).map(([path, file]) => entryOf(path, file));
  const md5sums = files
    .filter((entry) => entry.type === 'file' && entry.path.startsWith('usr/'))
    .map((entry) => `${createHash('md5').update(String(sample.files?.[entry.path])).digest('hex')}  ${entry.path}\n`);
  const members = { control, md5sums: md5sums.join(''), ...sample.control };
  const controlTar = await tarOf(Object.entries(members).map(([path, text]) => entryOf(path, text)));
  const dataTar = await tarOf(withParents(files));
  const data = ar([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', await gzip(controlTar)],
    [`data.tar${compression === 'none' ? '' : `.${compression}`}`, await compressed(dataTar, compression)],
  ]);
  const filename = `pool/main/${name[0]}/${name}/${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`;
  const sha256 = createHash('sha256').update(data).digest('hex');
  const paragraph = `${control}Filename: ${filename}\nSize: ${data.length}\nSHA256: ${sha256}\n`;
  return { filename, data, paragraph };
}

async function compressed(data: Buffer, compression: 'none' | 'gz' | 'zst'): Promise<Buffer> {
  return compression === 'none' ? data : compression === 'gz' ? gzip(data) : zstd(data);
}

function entryOf(path: string, file: string | Partial<TarEntryInput>): TarEntryInput {
  const base = { path, type: 'file' as const, mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 1_600_000_000 };
  if (typeof file !== 'string') return { ...base, ...file };
  return { ...base, size: Buffer.byteLength(file), content: fromBuffer(file) };
}

function withParents(files: readonly TarEntryInput[]): TarEntryInput[] {
  const all = new Map<string, TarEntryInput>([['', entryOf('', { type: 'directory', mode: 0o755 })]]);
  for (const file of files) {
    const parts = file.path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const path = parts.slice(0, depth).join('/');
      if (!all.has(path)) all.set(path, entryOf(path, { type: 'directory', mode: 0o755 }));
    }
    all.set(file.path, file);
  }
  return [...all.values()];
}

function tarOf(entries: readonly TarEntryInput[]): Promise<Buffer> {
  return collect(writeTar(entries), { maxBytes: 64 << 20, what: 'a sample tar' });
}

function ar(members: readonly (readonly [string, Buffer])[]): Buffer {
  const parts = members.flatMap(([name, content]) => {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`;
    const head = Buffer.from(`${header}${String(content.length).padEnd(10)}\`\n`);
    return content.length % 2 === 1 ? [head, content, Buffer.from('\n')] : [head, content];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

export interface SigningKey {
  readonly privateKey: PrivateKey;
  /** The public key, binary, as keyring files are. */
  readonly keyring: Uint8Array;
}

/** A key that lives as long as the test. */
export async function createSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKey({
    type: 'curve25519',
    userIDs: [{ name: 'Sample Archive', email: 'archive@example.org' }],
    // A little in the past, so that a signature of this very second is not before its key.
    date: new Date(Date.now() - 60_000),
    format: 'object',
  });
  return { privateKey, keyring: publicKey.write() };
}

export interface SampleArchiveOptions {
  readonly suite?: string;
  /** Release fields, a line each; Date unless told is fixed. */
  readonly fields?: readonly string[];
  readonly byHash?: boolean;
}

export const SAMPLE_DATE: number = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000;

/** The files of an archive of one suite, by path below its root. */
export async function buildArchive(
  samples: readonly SamplePackage[],
  key: SigningKey,
  options: SampleArchiveOptions = {},
): Promise<Map<string, Buffer>> {
  const { suite = 'trusty', fields = [], byHash = true } = options;
  const files = new Map<string, Buffer>();
  const paragraphs: string[] = [];
  for (const sample of samples) {
    const built = await buildPackage(sample);
    files.set(built.filename, built.data);
    paragraphs.push(built.paragraph);
  }
  const packages = await gzip(Buffer.from(paragraphs.join('\n')));
  const hash = createHash('sha256').update(packages).digest('hex');
  const folder = `dists/${suite}/main/binary-amd64`;
  files.set(byHash ? `${folder}/by-hash/SHA256/${hash}` : `${folder}/Packages.gz`, packages);
  const release = [
    'Origin: Sample',
    `Suite: ${suite}-alias`,
    `Codename: ${suite}`,
    'Date: Tue, 02 Jan 2024 03:04:05 UTC',
    `Acquire-By-Hash: ${byHash ? 'yes' : 'no'}`,
    'Architectures: amd64',
    'Components: main',
    ...fields,
    'SHA256:',
    ` ${hash} ${packages.length} main/binary-amd64/Packages.gz`,
  ];
  files.set(`dists/${suite}/InRelease`, Buffer.from(await signText(`${release.join('\n')}\n`, key)));
  return files;
}

export async function signText(text: string, key: SigningKey): Promise<string> {
  const message = await createCleartextMessage({ text });
  return sign({ message, signingKeys: key.privateKey });
}

export interface SampleMirror {
  readonly uri: string;
  readonly files: Map<string, Buffer>;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Answers in place of the archive when it returns true. */
  intercept: ((path: string, request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  stop(): Promise<void>;
}

/** Serves an archive on loopback until the test ends. */
export async function serveArchive(t: Pick<TestContext, 'after'>, files: Map<string, Buffer>): Promise<SampleMirror> {
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').replace(/^\/archive\//, ''));
    mirror.requests.push(path);
    if (mirror.intercept?.(path, request, response) === true) return;
    const file = mirror.files.get(path);
    if (file === undefined) {
      response.writeHead(404).end('nothing here');
      return;
    }
    const etag = `"${createHash('sha256').update(file).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag, 'content-length': file.length }).end(file);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.after(stop);
  const mirror: SampleMirror = {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive`, // a TCP server's address is an object
    files,
    requests: [],
    intercept: undefined,
    stop,
  };
  return mirror;
}

/** Writes a keyring file and gives its path. */
export async function writeKeyring(folder: string, key: SigningKey, name = 'archive.gpg'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, key.keyring);
  return path;
}

/** A small system: base files with a merged /usr to be, a library, a program, accounts. */
export const samplePackages: readonly SamplePackage[] = [
  {
    name: 'base-files',
    fields: ['Essential: yes', 'Priority: required', 'Pre-Depends: awk'],
    files: {
      'etc/debian_version': '12.0\n',
      'etc/os-release': { type: 'symlink', mode: 0o777, linkPath: '../usr/lib/os-release' },
      'usr/lib/os-release': 'ID=sample\n',
      'usr/share/base-files/motd': 'hello\n',
      'usr/share/doc/base-files/copyright': 'free\n',
      'usr/share/doc/base-files/README': 'read me\n',
      'var/run': { type: 'symlink', mode: 0o777, linkPath: '/run' },
      tmp: { type: 'directory', mode: 0o1777 },
      run: { type: 'directory', mode: 0o755 },
    },
    control: { conffiles: '/etc/debian_version\n' },
  },
  {
    name: 'base-passwd',
    files: {
      'usr/share/base-passwd/passwd.master':
        'root:*:0:0:root:/root:/bin/sh\nwww-data:*:33:33:www-data:/var/www:/usr/sbin/nologin\n',
      'usr/share/base-passwd/group.master': 'root:*:0:\nshadow:*:42:\nwww-data:*:33:\n',
    },
  },
  {
    name: 'mawk',
    fields: ['Provides: awk', 'Priority: required', 'Depends: libsample1 (>= 1.0)'],
    files: { 'usr/bin/mawk': '#!awk\n', 'usr/share/man/man1/mawk.1': 'manual\n' },
    control: {
      postinst:
        '#!/bin/sh\nif true; then\n  update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5 \\\n    --slave /usr/share/man/man1/awk.1 awk.1 /usr/share/man/man1/mawk.1\nfi\n',
    },
    compression: 'zst',
  },
  {
    name: 'libsample1',
    fields: ['Multi-Arch: same'],
    files: {
      'lib/x86_64-linux-gnu/libsample.so.1.0': 'library\n'.repeat(20_000),
      'lib/x86_64-linux-gnu/libsample.so.1': { type: 'symlink', mode: 0o777, linkPath: 'libsample.so.1.0' },
    },
    control: { triggers: 'activate-noawait ldconfig\n' },
    compression: 'none',
  },
  {
    name: 'dash',
    fields: ['Depends: libsample1, dpkg'],
    files: {
      'bin/dash': 'dash program\n',
      'bin/sh': { type: 'symlink', mode: 0o777, linkPath: 'dash' },
      'usr/share/doc/dash/copyright': 'free\n',
    },
  },
  {
    name: 'dpkg',
    files: { 'usr/bin/dpkg': 'dpkg program\n', 'var/lib/dpkg/info': { type: 'directory', mode: 0o755 } },
  },
  {
    name: 'app',
    version: '1:2.0+b1-3~x',
    fields: ['Depends: libsample1 (>= 1.0)'],
    files: {
      'usr/bin/app': 'app\n',
      'usr/bin/app-too': { type: 'hardlink', linkPath: 'usr/bin/app' },
      'usr/share/locale/de/app': 'de',
    },
  },
];
