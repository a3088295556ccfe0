import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, runProgram } from '@lading/testkit';
import { apkCataloger } from '../../../packages/contents/src/catalogers/apk/cataloger.ts';
import { dpkgCataloger } from '../../../packages/contents/src/catalogers/dpkg/cataloger.ts';
import { rpmCataloger } from '../../../packages/contents/src/catalogers/rpm/cataloger.ts';
import { catalogFolder } from '../../../packages/contents/src/testing/cataloged-folder.ts';

/** A program that tells which packages of the distribution a root file system has. */
export interface Tool {
  readonly name: string;
  /** `name version` of each package; text says why it tells nothing. */
  list(root: string): Promise<ReadonlySet<string> | string>;
}

export const ours: Tool = {
  name: 'lading',
  async list(root) {
    const { packages, warnings } = await catalogFolder(root, [dpkgCataloger, apkCataloger, rpmCataloger]);
    if (warnings.length > 0) return warnings.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return new Set(packages.map(({ name, version }) => `${name} ${version}`));
  },
};

/** Without the packages that left no more than their configuration: these are not installed. */
export const dpkgQuery: Tool = {
  name: 'dpkg-query',
  async list(root) {
    const format = ['db:Status-Status', 'Package', 'Version'].map((field) => `\${${field}}`).join(' ');
    const args = [`--admindir=${join(root, 'var/lib/dpkg')}`, '-W', '-f', `${format}\n`];
    const lines = await linesOf(findProgram('dpkg-query'), args);
    if (typeof lines === 'string') return lines;
    const installed = lines.map((line) => line.split(' ')).filter(([state]) => state !== 'config-files');
    return new Set(installed.map((words) => words.slice(1).join(' ')));
  },
};

/** The one that the root file system brings along. */
export const apk: Tool = {
  name: 'apk',
  async list(root) {
    const own = ['--library-path', join(root, 'lib'), join(root, 'sbin/apk'), '--root', root, 'info', '-v'];
    const lines = await linesOf(join(root, 'lib/ld-musl-x86_64.so.1'), own);
    if (typeof lines === 'string') return lines;
    return new Set(lines.map((line) => line.replace(/-(?=[^-]+-r\d+$)/, ' ')));
  },
};

/** Without the keys that rpm keeps among its packages. */
export function rpm(backend: string): Tool {
  return {
    name: 'rpm',
    async list(root) {
      // rpm writes into the folder of a database that it only reads.
      const copy = await mkdtemp(join(tmpdir(), 'lading-rpm-'));
      try {
        await cp(join(root, 'var/lib/rpm'), copy, { recursive: true });
        const format = '%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n';
        // Newer ones pass over what is installed when its signature is not as they want it.
        const own = ['--dbpath', copy, '--define', `_db_backend ${backend}`, '--nosignature'];
        const args = [...own, '-qa', '--qf', format];
        const lines = await linesOf(findProgram('rpm'), args);
        if (typeof lines === 'string') return lines;
        if (lines.length === 0) return `this rpm reads no ${backend}`;
        return new Set(lines.filter((line) => !line.startsWith('gpg-pubkey ')).map((line) => line.replace(' 0:', ' ')));
      } finally {
        await rm(copy, { recursive: true });
      }
    },
  };
}

interface CycloneDx {
  readonly components?: readonly { readonly name: string; readonly version?: string; readonly purl?: string }[];
}

export const trivy: Tool = {
  name: 'trivy',
  async list(root) {
    const folder = await mkdtemp(join(tmpdir(), 'lading-trivy-'));
    try {
      const [output, cache] = [join(folder, 'bom.json'), join(folder, 'cache')];
      const args = ['rootfs', '--cache-dir', cache, '--quiet', '--format', 'cyclonedx', '--output', output, root];
      const lines = await linesOf(findProgram('trivy'), args);
      if (typeof lines === 'string') return lines;
      const { components = [] } = JSON.parse(await readFile(output, 'utf8')) as CycloneDx;
      const ofDistribution = components.filter(({ purl }) => /^pkg:(?:deb|apk|rpm)\//.test(purl ?? ''));
      return new Set(ofDistribution.map(({ name, version }) => `${name} ${version}`));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function linesOf(program: string | undefined, args: readonly string[]): Promise<string[] | string> {
  if (program === undefined) return 'not here';
  const { code, stdout, stderr } = await runProgram(program, args);
  if (code !== 0) return stderr.trim().split('\n').at(-1) ?? `it ended with ${code}`;
  return stdout.split('\n').filter((line) => line !== '');
}
