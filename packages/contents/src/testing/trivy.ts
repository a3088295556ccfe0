import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';

/** A package as another tool names it: `@scope/name`, `vendor/name`. */
export interface PeerPackage {
  readonly name: string;
  readonly version: string;
  /** The file that says so, from the folder. */
  readonly path: string;
}

/**
 * The packages of one type (of package URLs) that Trivy finds in a folder; undefined where there is no Trivy, or one that knows packages of
 * distributions only. Writes what it keeps into `scratch`. Asks nobody.
 */
export async function trivyPackages(folder: string, type: string, scratch: string): Promise<PeerPackage[] | undefined> {
  const trivy = findProgram('trivy');
  if (trivy === undefined || (await runProgram(trivy, ['image', '--help'])).code !== 0) return undefined;
  const output = join(scratch, 'trivy.json');
  const quiet = ['--quiet', '--offline-scan', '--skip-version-check', '--cache-dir', join(scratch, 'trivy')];
  const { code, stderr } = await runProgram(trivy, ['rootfs', ...quiet, '--format', 'cyclonedx', '-o', output, folder]);
  if (code !== 0) throw new Error(`trivy failed: ${stderr}`);
  const { components = [] } = JSON.parse(await readFile(output, 'utf8')) as { components?: readonly Component[] };
  return components
    .filter(({ purl }) => purl?.startsWith(`pkg:${type}/`))
    .map(({ group, name, version = '', properties = [] }) => ({
      name: group === undefined ? name : `${group}/${name}`,
      version,
      path: properties.find((property) => property.name === 'aquasecurity:trivy:FilePath')?.value ?? '',
    }));
}

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}
