import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import type { ImagePackage } from '@lading/facts';
import { digestOf } from '@lading/oci';
import fc from 'fast-check';
import { sampleFacts } from '../testing/sample-facts.ts';
import { samplePackages } from '../testing/sample-inventory.ts';
import { sbomSchema } from '../testing/sbom-schemas.ts';
import { diffPackages } from './diff-packages.ts';
import { mergeSboms } from './merge-sboms.ts';
import { readSbom } from './read-sbom.ts';
import { type Sbom, sbomFormats, type WriteSbomOptions } from './sbom.ts';
import { writeSbom } from './write-sbom.ts';

const options = { created: '2024-05-06T07:08:09Z', toolVersion: '1.2.3' };
const sample = (packages: readonly ImagePackage[] = samplePackages): Sbom => {
  const facts = sampleFacts(packages);
  return { subject: { name: 'registry.example.org/team/app', tag: 'v1', digest: facts.digest }, facts };
};
const written = (sbom: Sbom, format: WriteSbomOptions['format']) =>
  JSON.parse(Buffer.from(writeSbom(sbom, { ...options, format })).toString()) as Record<string, unknown>;

for (const format of sbomFormats) {
  test(`${format}: what is written is valid by the schema, whatever texts packages bring`, (t) => {
    const problems = sbomSchema(t, format);
    if (problems === undefined) return;
    assert.deepEqual(problems(written(sample(), format)), []);
    assert.deepEqual(problems(written(sample([]), format)), []);
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: text, version: text, licenses: fc.array(text), location: text })),
        (list) => {
          const packages = list.map((one, at) => ({ ...samplePackages[at % samplePackages.length]!, ...one }));
          assert.deepEqual(problems(written(sample(packages), format)), []);
        },
      ),
      { numRuns: 30 },
    );
  });

  test(`${format}: the schema finds planted faults`, (t) => {
    const problems = sbomSchema(t, format);
    if (problems === undefined) return;
    const list = format === 'spdx-2.3' ? 'packages' : 'components';
    assert.notDeepEqual(problems({ ...written(sample(), format), [list]: [{ name: 1 }] }), []);
  });

  test(`${format}: equal facts give equal bytes`, () => {
    const [one, other] = [sample(), sample(structuredClone(samplePackages))];
    assert.deepEqual(writeSbom(one, { ...options, format }), writeSbom(other, { ...options, format }));
  });

  test(`${format}: what is read back is what was written`, () => {
    const read = readSbom(writeSbom(sample(), { ...options, format }));
    assert.equal(read.unknown, 0);
    assert.equal(read.subject.name, 'registry.example.org/team/app');
    const { facts } = sample();
    assert.deepEqual(read.facts.layers, facts.layers);
    assert.deepEqual(read.facts.distribution, facts.distribution);
    assert.equal(read.facts.digest, facts.digest);
    assert.equal(read.facts.platform, facts.platform);
    const plain = (found: ImagePackage): unknown => {
      const { licenses, ...rest } = JSON.parse(JSON.stringify(found)) as ImagePackage;
      // SPDX has one expression for all licenses.
      return format === 'spdx-2.3' ? rest : { ...rest, licenses };
    };
    assert.deepEqual(read.facts.packages.map(plain), facts.packages.map(plain));
  });

  test(`${format}: a damaged document is an error that says so, never another`, () => {
    const bytes = Buffer.from(writeSbom(sample(), { ...options, format }));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes);
        if (!cut) damaged[at] = value;
        try {
          readSbom(damaged);
        } catch (error) {
          assert.ok(isLadingError(error) && error.code === 'SBOM_INVALID', String(error));
        }
      }),
      { numRuns: 300 },
    );
  });
}

test('readSbom() takes statements and envelopes for the SBOM in them', () => {
  const predicate = written(sample(), 'cyclonedx-1.6');
  const statement = { _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://cyclonedx.org/bom', predicate };
  const envelope = {
    payloadType: 'application/vnd.in-toto+json',
    payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
    signatures: [],
  };
  for (const document of [statement, envelope, { ...statement, predicate: { Data: predicate } }])
    assert.equal(readSbom(Buffer.from(JSON.stringify(document))).facts.packages.length, samplePackages.length);
  assert.throws(() => readSbom(Buffer.from('{"_type": "x", "predicate": {"_type": "x", "predicate": {}}}')), {
    code: 'SBOM_INVALID',
  });
});

test('readSbom() finds sources and distributions where other tools write them', () => {
  const trivy = readSbom(
    Buffer.from(
      JSON.stringify({
        bomFormat: 'CycloneDX',
        specVersion: '1.5',
        components: [
          { type: 'operating-system', name: 'alpine', version: '3.18.4' },
          {
            type: 'library',
            name: 'libcrypto3',
            version: '3.1.3-r0',
            purl: 'pkg:apk/alpine/libcrypto3@3.1.3-r0?arch=x86_64&distro=3.18.4',
            properties: [
              { name: 'aquasecurity:trivy:SrcName', value: 'openssl' },
              { name: 'aquasecurity:trivy:SrcVersion', value: '3.1.3-r0' },
            ],
          },
          { type: 'library', name: 'no purl' },
        ],
      }),
    ),
  );
  assert.deepEqual(trivy.facts.distribution, { id: 'alpine', versionId: '3.18.4' });
  assert.deepEqual(trivy.facts.packages[0]?.source, { name: 'openssl', version: '3.1.3-r0' });
  assert.equal(trivy.facts.packages[0]?.layer, -1);
  assert.equal(trivy.unknown, 1);

  const syft = readSbom(
    Buffer.from(
      JSON.stringify({
        spdxVersion: 'SPDX-2.3',
        name: 'app',
        packages: [
          {
            SPDXID: 'SPDXRef-1',
            name: 'bash',
            versionInfo: '5.2-1',
            externalRefs: [
              {
                referenceType: 'purl',
                referenceLocator: 'pkg:rpm/rhel/bash@5.2-1?arch=x86_64&distro=rhel-9.2&epoch=1&upstream=bash-src@5.2-1',
              },
            ],
          },
        ],
      }),
    ),
  );
  assert.deepEqual(syft.facts.distribution, { id: 'rhel', versionId: '9.2' });
  const [bash] = syft.facts.packages;
  assert.deepEqual([bash?.version, bash?.source?.name, bash?.architecture], ['1:5.2-1', 'bash-src', 'x86_64']);
});

test('mergeSboms() has every package once, and no layers of several images', () => {
  const one = sample(samplePackages.slice(0, 3));
  const other = {
    ...sample(samplePackages.slice(2)),
    facts: { ...sampleFacts(samplePackages.slice(2)), digest: digestOf('other') },
  };
  const merged = mergeSboms([one, other], { name: 'product' });
  assert.equal(merged.facts.packages.length, samplePackages.length);
  assert.deepEqual([merged.facts.layers, merged.facts.packages[0]?.layer], [[], -1]);
  assert.deepEqual(mergeSboms([other, one], { name: 'product' }), merged);
});

test('diffPackages() tells added, removed and changed packages apart, wherever they lie', () => {
  const [ssl, text] = samplePackages as [ImagePackage, ImagePackage];
  const moved = { ...text, location: 'elsewhere.jar' };
  const newer = { ...ssl, version: '3.0.16-1' };
  assert.deepEqual(diffPackages([ssl, text], [newer, moved]), [
    { type: 'deb', name: 'libssl3', kind: 'changed', before: ['3.0.15-1~deb12u1'], after: ['3.0.16-1'] },
  ]);
  assert.deepEqual(
    diffPackages([ssl], [text]).map(({ kind, name }) => `${kind} ${name}`),
    ['removed libssl3', 'added org.apache.commons/commons-text'],
  );
});
