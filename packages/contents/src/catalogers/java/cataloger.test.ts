import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { findProgram, isLongRun, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { inMemory } from '../../random-access.ts';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { catalogFolder } from '../../testing/cataloged-folder.ts';
import { makeZip, type ZipMember } from '../../testing/make-zip.ts';
import { newBudget, readArchive } from './archive.ts';
import { javaCataloger } from './cataloger.ts';

function pom(groupId: string, artifactId: string, version: string): ZipMember {
  const name = `META-INF/maven/${groupId}/${artifactId}/pom.properties`;
  return {
    name,
    content: `#made by a test\r\nversion=${version}\r\ngroupId=${groupId}\r\nartifactId=${artifactId}\r\n`,
  };
}

function manifest(...headers: string[]): ZipMember {
  return { name: 'META-INF/MANIFEST.MF', content: ['Manifest-Version: 1.0', ...headers, '', ''].join('\r\n') };
}

/** A manifest that a thousandth of its size makes. */
function zeros(size: number): ZipMember {
  return { name: 'META-INF/MANIFEST.MF', content: Buffer.alloc(size) };
}

interface Said {
  readonly artifacts: string[];
  readonly warnings: string[];
}

async function artifactsOf(path: string, bytes: Uint8Array): Promise<Said> {
  const said: Said = { artifacts: [], warnings: [] };
  for (const fact of (await catalogBytes(javaCataloger, path, bytes)) ?? []) {
    if (fact.kind === 'warning') said.warnings.push(`${fact.path}: ${fact.message}`);
    if (fact.kind !== 'package') continue;
    const { namespace = '?', name, version, location, qualifiers } = fact.package;
    said.artifacts.push(
      [namespace, name, version, ...Object.values(qualifiers ?? {})].join(':') +
        (location === path ? '' : ` ${location}`),
    );
  }
  return said;
}

for (const [what, path, members, expected] of [
  ['its own pom.properties', 'part-1.2.jar', [pom('org.example', 'part', '1.2')], ['org.example:part:1.2']],
  [
    'a classifier in its name',
    'part-1.2-linux-x86_64.jar',
    [pom('org.example', 'part', '1.2')],
    ['org.example:part:1.2:linux-x86_64'],
  ],
  ['a name that says nothing', 'app.jar', [pom('org.example', 'part', '1.2')], ['org.example:part:1.2']],
  [
    'others merged into it',
    'part-1.2.jar',
    [pom('org.example', 'other', '3.0'), pom('org.example', 'part', '1.2'), pom('org.example', 'other-part', '2')],
    ['org.example:part:1.2', 'org.example:other:3.0', 'org.example:other-part:2'],
  ],
  [
    'others merged into it, and no pom of its own',
    'part-1.2.jar',
    [pom('org.example', 'other', '3.0')],
    ['?:part:1.2', 'org.example:other:3.0'],
  ],
  [
    'a manifest of a bundle',
    'part-1.2.jar',
    [manifest('Bundle-SymbolicName: org.example.team.part;singleton:=true')],
    ['org.example.team:part:1.2'],
  ],
  [
    "a manifest of Maven's",
    'part-1.2.jar',
    [manifest('Created-By: Apache Maven', 'Implementation-Vendor-Id: org.example')],
    ['org.example:part:1.2'],
  ],
  ["a company's manifest", 'part-1.2.jar', [manifest('Implementation-Vendor-Id: com.company')], ['?:part:1.2']],
  [
    'a version only in its manifest',
    'part.jar',
    [manifest('Implementation-Title: Our part', 'Implementation-Version: 1.2')],
    ['?:part:1.2'],
  ],
  [
    'a header over two lines',
    'x.jar',
    [manifest('Implementation-Title: par', ' t', 'Implementation-Version: 1.2')],
    ['?:part:1.2'],
  ],
  ['no version at all', 'part.jar', [manifest(`Implementation-Version: \${project.version}`)], []],
  [
    'a well-known name',
    'spring-core-5.3.20.jar',
    [manifest('Implementation-Title: spring-core', 'Implementation-Version: 5.3.20')],
    ['org.springframework:spring-core:5.3.20'],
  ],
] as const) {
  test(`finds an archive with ${what}`, async () => {
    assert.deepEqual((await artifactsOf(path, makeZip(members))).artifacts, expected);
  });
}

test('finds an archive by its pom.xml where the properties are missing, with what its parent says', async () => {
  const xml = `<?xml version="1.0"?><!-- <groupId>no</groupId> -->
    <project xmlns="http://maven.apache.org/POM/4.0.0">
      <parent><groupId>org.example</groupId><artifactId>all</artifactId><version>1.0</version></parent>
      <artifactId>part</artifactId><version>\${revision}</version><name/>
      <properties><revision>1.2</revision></properties>
      <dependencies><dependency><groupId>no</groupId><artifactId>no</artifactId><version>0</version></dependency></dependencies>
    </project>`;
  const bytes = makeZip([{ name: 'META-INF/maven/org.example/part/pom.xml', content: xml }]);
  assert.deepEqual((await artifactsOf('lib/part-1.2.jar', bytes)).artifacts, ['org.example:part:1.2']);
});

test('finds archives in archives, with the way to them, stored or deflated', async () => {
  const inner = makeZip([pom('org.example', 'inner', '1')]);
  const middle = makeZip([{ name: 'lib/inner-1.jar', content: inner }, pom('org.example', 'middle', '2')]);
  const outer = makeZip(
    [
      { name: 'BOOT-INF/lib/inner-1.jar', content: inner, stored: true },
      { name: 'BOOT-INF/lib/middle-2.war', content: middle },
    ],
    { prefix: Buffer.from('#!/bin/bash\n') },
  );
  assert.deepEqual((await artifactsOf('app/app.jar', outer)).artifacts, [
    'org.example:inner:1 app/app.jar!/BOOT-INF/lib/inner-1.jar',
    'org.example:middle:2 app/app.jar!/BOOT-INF/lib/middle-2.war',
    'org.example:inner:1 app/app.jar!/BOOT-INF/lib/middle-2.war!/lib/inner-1.jar',
  ]);
});

test('gives the SHA-1 of the archive, by which registries know it', async () => {
  const bytes = makeZip([pom('org.example', 'part', '1.2')]);
  const [fact] = (await catalogBytes(javaCataloger, 'part-1.2.jar', bytes)) ?? [];
  const hashes = fact?.kind === 'package' ? fact.package.hashes : undefined;
  assert.deepEqual(hashes, { sha1: createHash('sha1').update(bytes).digest('hex') });
});

test('what is named like an archive and is none is not wanted', async () => {
  assert.equal(await catalogBytes(javaCataloger, 'a.jar', 'text'), undefined);
  assert.equal(await catalogBytes(javaCataloger, 'a.zip', makeZip([])), undefined);
});

test('a broken archive in an archive is a warning that names it; its neighbours are read', async () => {
  const bytes = makeZip([
    { name: 'lib/broken.jar', content: 'text' },
    { name: 'lib/locked.jar', content: 'text', claims: { flags: 1 } },
    { name: 'lib/part-1.2.jar', content: makeZip([pom('org.example', 'part', '1.2')]) },
  ]);
  const { artifacts, warnings } = await artifactsOf('app.war', bytes);
  assert.deepEqual(artifacts, ['org.example:part:1.2 app.war!/lib/part-1.2.jar']);
  assert.deepEqual(
    warnings.map((text) => text.split(':', 1)[0]),
    ['app.war!/lib/broken.jar', 'app.war!/lib/locked.jar'],
  );
});

test('archives nested without end are left where they are too deep, with a warning', async () => {
  let bytes = makeZip([pom('org.example', 'deepest', '1')]);
  for (let depth = 0; depth < 20; depth++) bytes = makeZip([{ name: 'x.jar', content: bytes }]);
  const { artifacts, warnings } = await artifactsOf('x.jar', bytes);
  assert.deepEqual(artifacts, []);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /^x\.jar(!\/x\.jar){7}: .*it lies in too many archives/);
});

test('a nested bomb ends after a bounded amount, with warnings', { timeout: 30_000 }, async () => {
  const zeros = makeZip([{ name: 'zeros.jar', content: Buffer.alloc(130 << 20) }]);
  const level = makeZip(Array.from({ length: 16 }, (_, i) => ({ name: `${i}.jar`, content: zeros })));
  const bytes = makeZip(Array.from({ length: 16 }, (_, i) => ({ name: `${i}.jar`, content: level })));
  const before = process.memoryUsage().rss;
  const { warnings } = await artifactsOf('bomb.jar', bytes);
  assert.equal(warnings.length, 256);
  assert.match(warnings[0] ?? '', /^bomb\.jar!\/0\.jar!\/0\.jar!\/zeros\.jar: /);
  assert.ok(process.memoryUsage().rss - before < 200 << 20);
});

test('archives that together give too much are left out from there on, with warnings', async () => {
  const bytes = makeZip(
    Array.from({ length: 8 }, (_, i) => ({ name: `${i}.jar`, content: makeZip([zeros(1 << 20)]) })),
  );
  const budget = { ...newBudget(), inflatedBytes: 4 << 20 };
  const warned: string[] = [];
  for await (const fact of readArchive(inMemory(bytes), 'x.jar', budget, undefined))
    if (fact.kind === 'warning') warned.push(fact.path ?? '');
  assert.deepEqual(
    warned,
    [3, 4, 5, 6, 7].map((i) => `x.jar!/${i}.jar!/META-INF/MANIFEST.MF`),
  );
  assert.ok(
    budget.inflatedBytes >= 0 && budget.heldBytes === newBudget().heldBytes && budget.depth === newBudget().depth,
  );
});

test('texts made to be slow to read are done at once', { timeout: 5000 }, async () => {
  const spaces = `version=${' '.repeat(1000)}x\n`.repeat(1000);
  const members = [
    { name: 'META-INF/maven/a/b/pom.properties', content: spaces },
    { name: 'META-INF/maven/a/c/pom.xml', content: '<a'.repeat(500_000) },
    { name: 'META-INF/maven/a/d/pom.xml', content: '<a>'.repeat(300_000) },
    { name: 'META-INF/maven/a/e/pom.xml', content: '<!--'.repeat(250_000) },
    manifest(`Bundle-Version: ${' '.repeat(500_000)}x`),
  ];
  assert.deepEqual(await artifactsOf(`${'1-'.repeat(2000)}x.jar`, makeZip(members)), { artifacts: [], warnings: [] });
});

test('whatever bytes are changed, it ends, and fails with LadingErrors only', async () => {
  const inner = makeZip([pom('org.example', 'inner', '1')]);
  const original = makeZip([
    pom('org.example', 'part', '1'),
    { name: 'a.jar', content: inner, stored: true },
    manifest('A: b'),
  ]);
  const changes = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      const bytes = Buffer.from(original);
      for (const [at, to] of list) bytes[at] = to;
      try {
        await artifactsOf('x.jar', bytes);
      } catch (error) {
        assert.ok(isLadingError(error), String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('finds real artifacts as Maven names them, alone and in an ear of wars', async (t) => {
  if (!isLongRun(t)) return;
  const [maven, zip] = [findProgram('mvn'), findProgram('zip')];
  if (!skipUnless(t, maven !== undefined && zip !== undefined, 'mvn or zip is missing')) return;
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'pom.xml'), projectOf(ARTIFACTS));
  const run = async (program: string, ...args: string[]): Promise<void> => {
    const result = await runProgram(program, args, { cwd: folder, timeoutMs: 300_000 });
    assert.equal(result.code, 0, result.stdout + result.stderr);
  };
  await run(
    maven ?? '',
    '-B',
    '-q',
    `-Dmaven.repo.local=${folder}/m2`,
    'dependency:copy-dependencies',
    '-DexcludeTransitive=true',
  );
  await run('/bin/sh', '-c', 'cp -r target/dependency WEB-INF && zip -qr app.war WEB-INF && zip -q app.ear app.war');
  await run('/bin/sh', '-c', 'mkdir root && mv target/dependency root/lib && mv app.ear root');
  const { packages, warnings } = await catalogFolder(join(folder, 'root'), [javaCataloger]);
  const named = packages.map(({ namespace, name, version }) => `${namespace}:${name}:${version}`).sort();
  assert.deepEqual(named, [...ARTIFACTS, ...ARTIFACTS].sort());
  assert.equal(
    packages.filter(({ location }) => location.startsWith('app.ear!/app.war!/WEB-INF/')).length,
    ARTIFACTS.length,
  );
  assert.deepEqual(warnings, []);
});

/** With poms and without; of Maven, Gradle, Ant and others. */
const ARTIFACTS = [
  'com.fasterxml.jackson.core:jackson-databind:2.13.3',
  'com.google.guava:guava:31.1-jre',
  'com.squareup.okhttp3:okhttp:4.9.3',
  'commons-collections:commons-collections:3.2.1',
  'io.projectreactor:reactor-core:3.4.18',
  'junit:junit:4.12',
  'mysql:mysql-connector-java:8.0.28',
  'org.apache.logging.log4j:log4j-1.2-api:2.17.1',
  'org.apache.logging.log4j:log4j-core:2.14.1',
  'org.apache.tomcat.embed:tomcat-embed-core:9.0.50',
  'org.bouncycastle:bcprov-jdk15on:1.70',
  'org.eclipse.jetty:jetty-server:9.4.46.v20220331',
  'org.hibernate:hibernate-core:5.6.9.Final',
  'org.springframework:spring-core:5.3.20',
];

function projectOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [groupId, artifactId, version] = artifact.split(':');
    return `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>all</artifactId><version>1</version>
    <dependencies>${dependencies.join('')}</dependencies></project>`;
}
