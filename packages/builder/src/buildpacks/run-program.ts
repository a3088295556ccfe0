import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BindMount, ResolvedUser, Scratch } from '@lading/runtime';
import type { PhaseStepSession } from './phase-session.ts';
import { formatToml, type TomlTable } from './toml.ts';

/** Where everything lies in the build container (platform API §usage, defaults). */
export const appFolder = '/workspace';
export const layersFolder = '/layers';
export const platformFolder = '/platform';
/** A buildpack's own plan file, as it is written by detect and read by build. */
export const planFile = '/tmp/lading-plan/plan.toml';

/** Bytes of output that an error shows. */
const tailBytes = 8192;

export interface Program {
  readonly argv: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
  readonly user: ResolvedUser;
  readonly network: 'host' | 'none';
  readonly mounts: readonly BindMount[];
}

export interface ProgramEnd {
  readonly exitCode: number;
  /** `code 1` or `SIGKILL`. */
  readonly how: string;
  /** The end of what it printed. */
  readonly output: string;
}

/** Runs bin/detect or bin/build in the application's folder. What it prints is emitted as the step's output. */
export async function runProgram(session: PhaseStepSession, scratch: Scratch, program: Program): Promise<ProgramEnd> {
  let tail = Buffer.alloc(0);
  const print = (chunk: Uint8Array): void => {
    tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
    session.emit({ kind: 'step-output', step: session.step.id, chunk });
  };
  const { argv, variables, user, network, mounts } = program;
  const env = new Map(variables);
  if (!env.has('HOME')) env.set('HOME', user.home);
  const names = [...env.keys()].sort();
  const status = await scratch.run(
    {
      ...{ argv, user, network, mounts, cwd: appFolder, stdin: 'none', stdout: print, stderr: print },
      env: names.map((name) => `${name}=${env.get(name)}`),
    },
    session,
  );
  return { exitCode: status.code, how: status.signal ?? `exit code ${status.code}`, output: tail.toString('utf8') };
}

/** Files that buildpacks read, for as long as `work` takes: the platform folder and a plan. They are mounts, so they are in no layer. */
export async function withInputFiles<T>(
  inputs: { readonly env: Readonly<Record<string, string>>; readonly plan?: TomlTable | undefined },
  work: (mounts: readonly BindMount[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lading-platform-'));
  try {
    // The folder around them is closed to others. Inside any user of the image may read them, whatever the umask says.
    for (const name of ['platform', 'platform/env']) {
      await mkdir(join(folder, name));
      await chmod(join(folder, name), 0o755);
    }
    const files = Object.entries(inputs.env).map(([name, value]) => [join('platform/env', name), value] as const);
    if (inputs.plan !== undefined) files.push(['plan.toml', formatToml(inputs.plan)]);
    for (const [name, text] of files) {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o644);
    }
    const mounts: BindMount[] = [{ source: join(folder, 'platform'), target: platformFolder, readOnly: true }];
    if (inputs.plan !== undefined) mounts.push({ source: join(folder, 'plan.toml'), target: planFile, readOnly: true });
    return await work(mounts);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
