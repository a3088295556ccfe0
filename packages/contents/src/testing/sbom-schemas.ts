import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { vector } from '@lading/testkit';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { SbomFormat } from '../sbom/sbom.ts';

/** Says what the schema of a format has against a document: nothing for a valid one. Undefined after skipping the test. */
export function sbomSchema(t: TestContext, format: SbomFormat): ((document: unknown) => string[]) | undefined {
  const folder = format === 'spdx-2.3' ? 'spdx-schema' : 'cyclonedx-schema';
  const path = vector(t, folder);
  if (path === undefined) return undefined;
  const read = (name: string): object => JSON.parse(readFileSync(`${path}/${name}`, 'utf8')) as object;
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  formats.default(ajv);
  let validate: ValidateFunction;
  if (format === 'spdx-2.3') validate = ajv.compile(read('spdx-2.3.schema.json'));
  else {
    // What ajv-formats does not know and nothing here has.
    ajv.addFormat('idn-email', true).addFormat('iri-reference', true);
    for (const other of ['spdx.schema.json', 'jsf-0.82.schema.json', 'cryptography-defs.schema.json']) {
      ajv.addSchema(read(other));
    }
    validate = ajv.compile(read(format === 'cyclonedx-1.7' ? 'bom-1.7.schema.json' : 'bom-1.6.schema.json'));
  }
  return (document) => {
    validate(document);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

/** The identifiers of licenses that CycloneDX's schema knows. */
export function licenseIdsOfSchema(t: TestContext): string[] | undefined {
  const path = vector(t, 'cyclonedx-schema/spdx.schema.json');
  return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as { enum: string[] }).enum;
}
