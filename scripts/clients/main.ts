// `npm run clients [-- [--backend=postgres-s3] [CLIENT…]]`: has other people's programs do with `lading serve` what their users do with a registry, compares what comes
// of it by digest, and prints a table of client × operation. A program that is not installed is "not here": it is looked for on PATH and
// in .cache/peers, where scripts/peers/install-clients.sh builds some. Exit code 1 when anything failed, or no client is here at all.
import { mkdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '@lading/testkit';
import { sampleIndex } from '../../tests/sample-image.ts';
import { formatTable } from '../bench/table.ts';
import { backendNames, lading as ladingProgram, startBackend } from '../registry/backend.ts';
import { type Bench, type Client, operations, type SampleImage } from './client.ts';
import { containerd } from './containerd.ts';
import { buildah, podman } from './containers.ts';
import { cosign } from './cosign.ts';
import { crane } from './crane.ts';
import { helm } from './helm.ts';
import { lading } from './lading.ts';
import { notation } from './notation.ts';
import { oras } from './oras.ts';
import { regctl } from './regctl.ts';
import { layoutDigest } from './registry-view.ts';
import { skopeo } from './skopeo.ts';
import { benchFor, run } from './workbench.ts';

const clients: readonly Client[] = [
  lading,
  skopeo,
  podman,
  buildah,
  containerd,
  crane,
  regctl,
  oras,
  helm,
  cosign,
  notation,
];
const { values, positionals: asked } = parseArgs({
  options: { backend: { type: 'string', default: 'sqlite-directory' } },
  allowPositionals: true,
});
const backend = backendNames.find((name) => name === values.backend);
if (backend === undefined) throw new Error(`--backend is one of ${backendNames.join(', ')}`);
const chosen = clients.filter(({ name }) => asked.length === 0 || asked.includes(name));
const account = { name: 'ann', password: 'correct-horse' };
const htpasswd = `ann:$2b$06$hAYMhrkn.7NkUp0VTWZpZu279zrg4L4/cupHPjFtBbXG3QmQiwP.S\n`;
const access = {
  htpasswd: 'htpasswd',
  grants: [{ to: 'user:ann', repositories: 'clients/**', role: 'maintainer' }],
};

// podman and buildah name an image after its path, and names are lower case.
const root = join(await realpath(tmpdir()), `lading-clients-${process.pid}-${Date.now().toString(36)}`);
await mkdir(root);
const failures: string[] = [];
const rows: string[][] = [];
let used = 0;
try {
  const image = await makeImage(root);
  const served = await startBackend(backend, { access, htpasswd });
  if (typeof served === 'string') throw new Error(served);
  try {
    for (const client of chosen) {
      const program = client === lading ? ladingProgram : findProgram(client.name);
      const obstacle = program === undefined ? 'not here' : client.obstacle?.();
      if (program === undefined || obstacle !== undefined) {
        rows.push([client.name, obstacle ?? '']);
        continue;
      }
      used++;
      rows.push([
        client.name,
        ...(await row(client, await benchFor(client, program, { root, served, account, image }))),
      ]);
    }
  } finally {
    await served.stop();
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
console.log(formatTable([['client', 'version', ...operations], ...rows]));
for (const failure of failures) console.error(`\n${failure}`);
process.exit(failures.length === 0 && used > 0 ? 0 : 1);

/** Version, then a cell per operation: `ok`, `FAILED`, or `-` for what the client does not have. */
async function row(client: Client, bench: Bench): Promise<string[]> {
  const started = performance.now();
  const cells: string[] = [];
  let release: (() => Promise<void>) | undefined;
  try {
    release = await client.prepare?.(bench);
    for (const operation of operations) {
      const work = client.operations[operation];
      cells.push(work === undefined ? '-' : await outcome(`${client.name} ${operation}`, () => work(bench)));
    }
  } catch (error) {
    failures.push(`${client.name}: ${String(error)}`);
    cells.push('FAILED');
  } finally {
    await release?.();
  }
  console.error(`${client.name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return [await versionOf(client, bench), ...cells];
}

async function outcome(what: string, work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    failures.push(`${what}: ${String(error)}`);
    return 'FAILED';
  }
}

async function versionOf(client: Client, bench: Bench): Promise<string> {
  const said = await bench.run(...client.version).catch(() => '');
  return /v?\d+\.\d+[^\s,]*/.exec(said)?.[0] ?? '?';
}

async function makeImage(folder: string): Promise<SampleImage> {
  const layout = join(folder, 'image');
  const archive = join(folder, 'image.tar');
  const { digest } = await sampleIndex(layout, 'v1');
  await run('tar', ['-cf', archive, '-C', layout, '.'], { cwd: folder, env: process.env });
  if ((await layoutDigest(layout)) !== digest) throw new Error('the layout holds something else');
  return { layout, archive, digest };
}
