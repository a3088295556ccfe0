import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { type Bytes, collect, fromBuffer, rechunk } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import type { FoundSecret, LayerFacts } from '@lading/facts';
import type { Layer } from '@lading/image';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { isLongRun, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import type { Cataloger } from '../catalogers/cataloger.ts';
import type { SecretScanner } from '../secrets/secret-scanner.ts';
import { type ReadLayerFactsOptions, readLayerFacts } from './read-layer-facts.ts';
import { entry, layerOfTar, lineCataloger, madeLayer } from './testing/made-layer.ts';

const { file, directory } = entry;
const catalogers = [lineCataloger];

async function factsOf(entries: readonly TarEntryInput[], options: ReadLayerFactsOptions = {}): Promise<LayerFacts> {
  return readLayerFacts(await madeLayer(entries), { catalogers, ...options });
}

function namesIn({ packages }: LayerFacts): readonly string[] {
  return packages.map(({ name, location }) => `${name} in ${location}`);
}

function warningsIn({ warnings }: LayerFacts): readonly string[] {
  return warnings.map(({ path, message }) => `${path}: ${message}`);
}

test('readLayerFacts() asks catalogers of every file and says where packages are', async () => {
  const facts = await factsOf([
    directory('app'),
    file('app/a', 'package one 1\npackage two 2'),
    file('b', 'package x 1'),
  ]);
  assert.deepEqual(facts.packages, [
    { type: 'generic', name: 'one', version: '1', location: 'app/a', cataloger: 'line' },
    { type: 'generic', name: 'two', version: '2', location: 'app/a', cataloger: 'line' },
    { type: 'generic', name: 'x', version: '1', location: 'b', cataloger: 'line' },
  ]);
  assert.equal(facts.secrets, undefined);
});

test('readLayerFacts() takes of a file that its archive has twice the later', async () => {
  const twice = [file('a', 'package old 1'), file('a', 'package new 1'), file('b', 'package gone 1'), directory('b')];
  assert.deepEqual(namesIn(await factsOf(twice)), ['new in a']);
});

test('readLayerFacts() gives the same facts however the layer arrives', async (t) => {
  const spoolFolder = await temporaryFolder(t);
  const lines = (name: string, count: number): string => `package ${name} 1\n`.repeat(count);
  const entries = [file('a', lines('a', 1)), file('b', 'no'), file('c', lines('c', 100)), file('d', lines('d', 1000))];
  const tar = await collect(writeTar(entries), { maxBytes: 1 << 20, what: 'a layer' });
  const starts: Cataloger = {
    ...lineCataloger,
    wants(header, start) {
      assert.ok(start.length >= Math.min(header.size, 64) && start.length <= header.size, `${start.length} bytes`);
      return lineCataloger.wants(header, start);
    },
  };
  const options = { catalogers: [starts], limits: { heldBytes: 2000 }, spoolFolder };
  const expected = await readLayerFacts(layerOfTar(tar), options);
  assert.equal(expected.packages.length, 1101);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1 }), async (sizes) => {
      async function* pieces(): AsyncGenerator<Uint8Array> {
        // A chunk is the reader's only until it asks for the next: this one is overwritten then.
        for (let at = 0, turn = 0; at < tar.length; turn += 1) {
          const chunk = Buffer.from(tar.subarray(at, at + (sizes[turn % sizes.length] ?? 1)));
          at += chunk.length;
          yield chunk;
          chunk.fill('#');
        }
      }
      assert.deepEqual(await readLayerFacts(layerOfTar(tar, pieces), options), expected);
    }),
    { numRuns: 20 },
  );
});

test('readLayerFacts() lets catalogers read large files at any place, several of them, and leaves no file behind', async (t) => {
  const spoolFolder = await temporaryFolder(t);
  const content = Buffer.alloc(3 << 20, 'x');
  content.write('package first 1\n');
  content.write('needle', 2 << 20);
  const seen: string[] = [];
  const seeking = (name: string): Cataloger => ({
    name,
    wants: ({ size }) => size > 1 << 20,
    async *read(large) {
      const [middle, head, end, past] = await Promise.all([
        large.read(2 << 20, 6),
        large.read(0, 15),
        large.read(large.size - 2, 10),
        large.read(large.size + 5, 10),
      ]);
      seen.push([name, middle, head, end.length, past.length].join(' '));
      assert.deepEqual(await readdir(spoolFolder), []);
      await assert.rejects(large.whole(1 << 20), (error) => isLadingError(error, 'CONTENT_TOO_LARGE'));
      assert.ok((await large.whole()).equals(content));
      yield { kind: 'warning', message: name };
    },
  });
  const options = { catalogers: [seeking('a'), seeking('b')], limits: { heldBytes: 1 << 20 }, spoolFolder };
  const facts = await factsOf([file('one', content), file('two', content)], options);
  assert.deepEqual(seen.slice(0, 2), ['a needle package first 1 2 0', 'b needle package first 1 2 0']);
  assert.deepEqual(warningsIn(facts), ['one: a', 'one: b', 'two: a', 'two: b']);
  assert.deepEqual(await readdir(spoolFolder), []);
});

test('readLayerFacts() makes a warning of what a cataloger throws, and goes on', async () => {
  const broken: Cataloger = {
    name: 'broken',
    wants: ({ path }) => path !== 'c',
    *read({ path }) {
      yield { kind: 'package', package: { type: 'generic', name: `before-${path}`, version: '1' } };
      throw path === 'a' ? new Error('its end is missing') : new TypeError('x is undefined');
    },
  };
  const facts = await factsOf([file('a', 'x'), file('b', 'x'), file('c', 'package c 1')], {
    catalogers: [broken, lineCataloger],
  });
  assert.deepEqual(namesIn(facts), ['before-a in a', 'before-b in b', 'c in c']);
  assert.deepEqual(warningsIn(facts), ['a: its end is missing', 'b: x is undefined']);
});

test('readLayerFacts() keeps to its limits and says what it left out', async () => {
  const large = file('large', `package large 1\n${'x'.repeat(2000)}`);
  const limited = await factsOf([large, file('small', 'package small 1')], {
    limits: { heldBytes: 100, fileBytes: 1000 },
  });
  assert.deepEqual(namesIn(limited), ['small in small']);
  assert.match(warningsIn(limited)[0] ?? '', /^large: it has 2016 bytes; .* at most 1000$/);

  const two = await collect(writeTar([large, file('again', `package again 1\n${'x'.repeat(2000)}`)]), {
    maxBytes: 1 << 20,
    what: 'a layer',
  });
  const inBlocks = layerOfTar(two, () => rechunk(fromBuffer(two), 512));
  const spooled = await readLayerFacts(inBlocks, { catalogers, limits: { heldBytes: 100, spooledBytes: 3000 } });
  assert.deepEqual(namesIn(spooled), ['large in large']);
  assert.match(warningsIn(spooled)[0] ?? '', /^again: .* more than 3000 bytes in all$/);

  const many = await factsOf([file('many', 'package x 1\n'.repeat(10))], { limits: { facts: 3 } });
  assert.equal(many.packages.length, 3);
  assert.equal(many.warnings.length, 1);

  const noisy: Cataloger = {
    ...lineCataloger,
    read: () => {
      throw new Error('no');
    },
  };
  const warned = await factsOf(
    Array.from({ length: 9 }, (_, at) => file(`f${at}`, 'package x 1')),
    { catalogers: [noisy], limits: { warnings: 2 } },
  );
  assert.equal(warningsIn(warned).at(-1), ': 7 more warnings are left out');
  assert.equal(warned.warnings.length, 3);

  const deep = await factsOf([file(`${'d/'.repeat(3000)}x`, 'package deep 1')]);
  assert.deepEqual(namesIn(deep), []);
  assert.match(warningsIn(deep)[0] ?? '', /no system takes a path of 6001 characters$/);

  await assert.rejects(
    factsOf(
      Array.from({ length: 100 }, (_, at) => file(`${at}`.repeat(500))),
      { limits: { pathBytes: 1000 } },
    ),
    (error) =>
      isLadingError(error, 'CONTENT_TOO_LARGE') && error.message.endsWith('its paths take more than 1000 bytes'),
  );
  await assert.rejects(
    factsOf([file('a'), file('b'), file('c')], { limits: { entries: 2 } }),
    (error) =>
      isLadingError(error, 'CONTENT_TOO_LARGE') && /Cannot read layer sha256:.*more than 2 entries/.test(error.message),
  );
});

test('readLayerFacts() names the layer that is damaged', async () => {
  const tar = await collect(writeTar([file('a', 'x'.repeat(5000))]), { maxBytes: 1 << 20, what: 'a layer' });
  const cut = layerOfTar(tar, () => fromBuffer(tar.subarray(0, 3000)));
  await assert.rejects(
    readLayerFacts(cut),
    (error) =>
      isLadingError(error, 'TAR_INVALID') && error.message.startsWith(`Cannot read layer ${cut.descriptor.digest}: `),
  );
  const packed = layerOfTar(tar, () => fromBuffer(Buffer.from('1f8b0800000000000003ffff', 'hex')));
  await assert.rejects(
    readLayerFacts(packed),
    (error) => isLadingError(error, 'BYTES_CORRUPT') && error.message.includes(packed.descriptor.digest),
  );
});

test('readLayerFacts() stops when told, also while a cataloger works, and leaves nothing behind', async (t) => {
  const spoolFolder = await temporaryFolder(t);
  const stop = new AbortController();
  const slow: Cataloger = {
    name: 'slow',
    wants: () => true,
    async *read(large) {
      yield { kind: 'warning', message: 'it begins' };
      stop.abort();
      await large.read(0, 10);
      throw new Error('interrupted by its own means');
    },
  };
  const options = { catalogers: [slow], signal: stop.signal, limits: { heldBytes: 10 }, spoolFolder };
  await assert.rejects(factsOf([file('a', 'x'.repeat(1 << 20))], options), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
  assert.deepEqual(await readdir(spoolFolder), []);
  await assert.rejects(factsOf([file('a')], options), (error) => isLadingError(error, 'INTERRUPTED'));
});

/** Finds what it is given by name, and files that have the word in them. */
function wordScanner(word: string): SecretScanner {
  const found = (rule: string, location: string): FoundSecret[] => [
    { rule, title: rule, severity: 'high', location, fingerprint: '' },
  ];
  return {
    byName: (path) => (path.endsWith('.pem') ? found('name', path) : []),
    begin(path, size, start) {
      if (start[0] === 0) return undefined;
      let text = '';
      return {
        push: (chunk) => {
          text += Buffer.from(chunk).toString();
        },
        end: () => (text.length === size && text.includes(word) ? found('word', path) : []),
      };
    },
  };
}

test('readLayerFacts() looks for secrets in the same reading', async () => {
  const long = 'x'.repeat(3 << 20);
  let opened = 0;
  const tar = await collect(
    writeTar([
      file('a', `package a 1\nhunter2`),
      file('long', `${long}hunter2`),
      file('wanted', `package wanted 1\n${long}hunter2`),
      file('binary', '\0hunter2'),
      file('empty.pem'),
    ]),
    { maxBytes: 1 << 26, what: 'a layer' },
  );
  const open = (): Bytes => {
    opened += 1;
    return fromBuffer(tar);
  };
  const facts = await readLayerFacts(layerOfTar(tar, open), {
    catalogers,
    secretScanner: () => wordScanner('hunter2'),
    limits: { heldBytes: 1 << 20 },
  });
  assert.deepEqual(
    facts.secrets?.map(({ rule, location }) => `${rule} ${location}`),
    ['word a', 'word long', 'word wanted', 'name empty.pem'],
  );
  assert.deepEqual(namesIn(facts), ['a in a', 'wanted in wanted']);
  assert.equal(opened, 1);
});

test('readLayerFacts() keeps of the lists of installed files what other packages were found in', async () => {
  const lister: Cataloger = {
    name: 'lister',
    wants: ({ path }) => path === 'list',
    *read() {
      yield { kind: 'owns', type: 'deb', name: 'x', paths: ['lib/y/a', 'etc/z'] };
      yield { kind: 'owns', type: 'deb', name: 'y', paths: ['app/b', 'usr/lib/c'] };
    },
  };
  const facts = await factsOf(
    [file('app/b', 'package b 1'), file('lib/c', 'package c 1'), file('list', 'x'), file('usr/lib/y/a', 'package a 1')],
    { catalogers: [lister, lineCataloger] },
  );
  assert.deepEqual(facts.owners, [
    { path: 'usr/lib/y/a', type: 'deb', name: 'x' },
    { path: 'app/b', type: 'deb', name: 'y' },
    { path: 'lib/c', type: 'deb', name: 'y' },
  ]);
});

test('readLayerFacts() names notable files, and accounts without a password', async () => {
  const facts = await factsOf([
    file('bin/su', '', { mode: 0o4755 }),
    file('etc/shadow', 'root::19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n'),
    directory('tmp', 0o1777),
    directory('srv', 0o777),
  ]);
  assert.deepEqual(
    facts.files.map(({ kind, path, detail }) => [kind, path, detail]),
    [
      ['setuid', 'bin/su', undefined],
      ['empty-password', 'etc/shadow', 'root'],
      ['world-writable', 'srv', undefined],
    ],
  );
});

/** A layer that is made while it is read, so that it takes no memory itself. */
function streamed(entries: () => Iterable<TarEntryInput>): Layer {
  return layerOfTar(new Uint8Array(), () => writeTar(entries()));
}

test('readLayerFacts() reads 300,000 entries and a file of 1 GB in bounded memory', async (t) => {
  if (!isLongRun(t)) return;
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
  const chunk = Buffer.alloc(1 << 20, 'x');
  const layer = streamed(function* () {
    for (let at = 0; at < 300_000; at += 1) yield file(`app/node_modules/p${at >> 4}/lib/module-${at & 15}.js`, '');
    const content = (async function* () {
      for (let left = 1024; left > 0; left -= 1) yield chunk;
    })();
    yield { ...plain, path: 'one-line', type: 'file', size: 1 << 30, content };
  });
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const facts = await readLayerFacts(layer, {
    catalogers,
    secretScanner: () => ({ byName: () => [], begin: () => ({ push: () => {}, end: () => [] }) }),
  });
  clearInterval(timer);
  assert.ok(facts.paths.length < 12e6, `${facts.paths.length} bytes of paths`);
  assert.ok(most - before < 150e6, `${Math.round((most - before) / 1e6)} MB more than before`);
});
