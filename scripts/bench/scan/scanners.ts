import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import { succeed } from '../build/succeed.ts';
import { measureProcess } from '../measured-process.ts';
import type { Missing, Scanner } from './scanner.ts';

export interface Site {
  readonly folder: string;
  /** Ours, as it is published. */
  readonly lading: string;
  /** OSV's dumps, a folder for each ecosystem. */
  readonly advisories: string;
}

export const scanners: Readonly<Record<string, (site: Site) => Promise<Scanner | Missing>>> = {
  lading: startLading,
  syft: startSyft,
  trivy: startTrivy,
  'osv-scanner': startOsvScanner,
};

async function startLading({ folder, lading, advisories }: Site): Promise<Scanner> {
  const home = join(folder, 'home');
  const root = ['--root', home];
  const output = join(folder, 'lading.json');
  await succeed(lading, ['advisories', 'update', ...root, '--from', advisories]);
  return {
    name: 'lading',
    version: await versionOf(lading),
    forget: () => rm(join(home, 'cache'), { recursive: true, force: true }),
    sbom: ({ dockerArchive }) =>
      measureProcess([lading, 'sbom', ...root, '-o', output, `docker-archive:${dockerArchive}`], { folder }),
    sbomOfGzip: ({ ociArchive }) =>
      measureProcess([lading, 'sbom', ...root, '-o', output, `oci-archive:${ociArchive}`], { folder }),
    scan: ({ dockerArchive }) =>
      measureProcess(
        [
          ...([
            lading,
            'scan',
            ...root,
            '--scanners',
            'vulnerabilities',
            '--format',
            'json',
            '--output',
            output,
          ] as const),
          `docker-archive:${dockerArchive}`,
        ],
        { folder },
      ),
  };
}

async function startSyft({ folder }: Site): Promise<Scanner | Missing> {
  const program = findProgram('syft');
  if (program === undefined) return { name: 'syft', missing: 'syft (scripts/peers/install-scanners.sh builds it)' };
  const run = (source: string) =>
    measureProcess([program, 'scan', '-q', '-o', `cyclonedx-json=${join(folder, 'syft.json')}`, source], {
      folder,
      env: { SYFT_CHECK_FOR_APP_UPDATE: 'false', SYFT_CACHE_DIR: join(folder, 'syft') },
    });
  return {
    name: 'syft',
    version: await versionOf(program),
    forget: () => rm(join(folder, 'syft'), { recursive: true, force: true }),
    sbom: ({ dockerArchive }) => run(`docker-archive:${dockerArchive}`),
    sbomOfGzip: ({ ociArchive }) => run(`oci-archive:${ociArchive}`),
  };
}

/** Without its database of vulnerabilities, which only its makers serve: it writes SBOMs. */
async function startTrivy({ folder }: Site): Promise<Scanner | Missing> {
  const program = findProgram('trivy');
  if (program === undefined) return { name: 'trivy', missing: 'trivy (scripts/peers/install-trivy.sh fetches it)' };
  const cache = join(folder, 'trivy');
  const run = (archive: string) =>
    measureProcess(
      [
        ...([program, 'image', '--quiet', '--offline-scan', '--skip-version-check', '--cache-dir', cache] as const),
        ...['--format', 'cyclonedx', '--output', join(folder, 'trivy.json'), '--input', archive],
      ],
      { folder },
    );
  return {
    name: 'trivy',
    version: await versionOf(program),
    forget: () => rm(cache, { recursive: true, force: true }),
    sbom: ({ dockerArchive }) => run(dockerArchive),
  };
}

async function startOsvScanner({ folder, advisories }: Site): Promise<Scanner | Missing> {
  const program = findProgram('osv-scanner');
  if (program === undefined)
    return { name: 'osv-scanner', missing: 'osv-scanner (scripts/peers/install-scanners.sh builds it)' };
  const database = join(folder, 'osv', 'osv-scalibr');
  await mkdir(database, { recursive: true });
  for (const entry of await readdir(advisories, { withFileTypes: true }))
    if (entry.isDirectory()) await symlink(join(advisories, entry.name), join(database, entry.name));
  // It exits with 1 when it finds something.
  const scan = (archive: string, ...more: readonly string[]) =>
    measureProcess(
      [
        ...(['sh', '-c', '"$@" || test $? = 1', 'sh', program, 'scan', 'image', '--archive', '--offline'] as const),
        ...['--offline-vulnerabilities', '--local-db-path', join(folder, 'osv'), ...more],
        ...['--output-file', join(folder, 'osv.json'), archive],
      ],
      { folder },
    );
  return {
    name: 'osv-scanner',
    version: await versionOf(program),
    forget: async () => {},
    sbom: ({ dockerArchive }) => scan(dockerArchive, '--all-packages', '--format', 'cyclonedx-1-6'),
    scan: ({ dockerArchive }) => scan(dockerArchive, '--format', 'json'),
  };
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await runProgram(program, ['--version']);
  return /\d+\.\d+[\w.-]*/.exec(stdout)?.[0] ?? stdout.split('\n')[0] ?? '';
}
