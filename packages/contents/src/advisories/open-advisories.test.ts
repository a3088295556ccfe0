import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError, LadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { decodeHeader, encodeHeader, headerLength, PREFIX_BYTES } from './format/header.ts';
import { installAdvisories, localAdvisoriesPath, openLocalAdvisories } from './local/local-advisories.ts';
import { type OpenAdvisories, openAdvisories } from './open-advisories.ts';
import { builtFrom, osvRecord, plain } from './testing/built.ts';

const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const files = Object.fromEntries(
  Array.from({ length: 100 }, (_, index) => {
    const cve = `CVE-2024-${index}`;
    const more = { aliases: [cve], severity: [{ type: 'CVSS_V3', score: vector }], summary: `Title ${index}` };
    return [`${index}.json`, osvRecord(`GHSA-${index}`, index % 2 === 0 ? 'npm' : 'PyPI', `name-${index % 30}`, more)];
  }),
);

test('what is looked up is what the record says, in every writing of the name', async (t) => {
  const { database } = await builtFrom(await temporaryFolder(t), files);
  t.after(() => database.close());
  const ids = database.affected('PyPI', 'Name_29').map(({ id }) => id);
  assert.deepEqual(ids, ['GHSA-29', 'GHSA-59', 'GHSA-89']);
  assert.deepEqual(database.affected('PyPI', 'name-28'), [], 'of another ecosystem');
  assert.deepEqual(database.affected('Debian:12', 'name-29'), []);
  const [first] = database.affected('npm', 'name-0').map(plain);
  assert.deepEqual(first, {
    id: 'GHSA-0',
    aliases: ['CVE-2024-0'],
    ranges: [{ introduced: '0', fixed: '1.2.3' }],
    versions: [],
  });
  const { title, references, cvss } = database.advisory('GHSA-99') ?? {};
  assert.deepEqual([title, references, cvss], ['Title 99', [], [{ version: '3.1', vector, score: 9.8 }]]);
  assert.equal(database.advisory('CVE-2024-99'), undefined, 'an alias is not its own id');
  assert.deepEqual(
    database.advisoriesOf('CVE-2024-99').map(({ id }) => id),
    ['GHSA-99'],
  );
  assert.deepEqual(
    database.packagesOf('GHSA-99').map(({ ecosystem, name }) => [ecosystem, name]),
    [['PyPI', 'name-9']],
  );
  database.verify();
});

/** Asks for everything that a database has. */
function readAll(database: OpenAdvisories): void {
  for (const ecosystem of database.ecosystems) {
    for (let index = 0; index < 30; index++) database.affected(ecosystem, `name-${index}`).map(plain);
  }
  for (let index = 0; index < 100; index += 9) {
    for (const { title, references } of database.advisoriesOf(`CVE-2024-${index}`))
      assert.ok(title !== null && references);
    database.packagesOf(`GHSA-${index}`);
  }
}

/** What reading does with such bytes: nothing, or one of the errors that tell it. */
async function readDamaged(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes);
  let database: OpenAdvisories | undefined;
  try {
    database = openAdvisories(path);
    readAll(database);
  } catch (error) {
    assert.ok(error instanceof LadingError && /^ADVISORIES_(DAMAGED|FORMAT)$/.test(error.code), String(error));
  } finally {
    database?.close();
  }
}

test('bytes that changed or are missing are told as damage, wherever they are', async (t) => {
  const folder = await temporaryFolder(t);
  const { bytes, database } = await builtFrom(folder, files);
  database.close();
  const path = join(folder, 'damaged.db');
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ change, at);
      await readDamaged(path, damaged);
      assert.throws(
        () => verifyFile(path),
        (error) => error instanceof LadingError,
      );
      await readDamaged(path, bytes.subarray(0, at));
    }),
    { numRuns: 60 },
  );
});

function verifyFile(path: string): void {
  const database = openAdvisories(path);
  try {
    database.verify();
  } finally {
    database.close();
  }
}

test('a database whose checksums are right and whose content is not is read without harm', async (t) => {
  const folder = await temporaryFolder(t);
  const { bytes, database } = await builtFrom(folder, files);
  database.close();
  const start = PREFIX_BYTES + headerLength(bytes.subarray(0, PREFIX_BYTES));
  const { header } = decodeHeader(bytes.subarray(0, start));
  const path = join(folder, 'forged.db');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.nat(bytes.length - start - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 5 }),
      async (changes) => {
        const body = Buffer.from(bytes.subarray(start));
        for (const { at, byte } of changes) body.writeUInt8(byte, at);
        const sections = header.sections.map((section) => {
          const part = body.subarray(section.offset, section.offset + section.length);
          return { ...section, sha256: createHash('sha256').update(part).digest('hex') };
        });
        await readDamaged(path, Buffer.concat([encodeHeader({ ...header, sections }), body]));
      },
    ),
    { numRuns: 150 },
  );
});

test('a database takes the place of another only when all of it is whole', async (t) => {
  const home = await temporaryFolder(t);
  assert.throws(
    () => openLocalAdvisories(home),
    (error) => isLadingError(error, 'ADVISORIES_NOT_FOUND'),
  );
  const { bytes, digest, database } = await builtFrom(home, files);
  database.close();
  const path = localAdvisoriesPath(home);
  const chunks = async function* (whole: Uint8Array) {
    yield whole.subarray(0, 100);
    yield whole.subarray(100);
  };
  assert.equal(await installAdvisories(path, chunks(bytes)), digest);
  const open = openLocalAdvisories(home);
  t.after(() => open.close());
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 9) ^ 1, damaged.length - 9);
  await assert.rejects(installAdvisories(path, chunks(damaged)), (error) => isLadingError(error, 'ADVISORIES_DAMAGED'));
  assert.deepEqual(await readFile(path), bytes, 'the one before stays');
  readAll(open);
});
