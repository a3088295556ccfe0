import type { Mount, ResolvedUser, Scratch } from '@lading/runtime';
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
  readonly mounts: readonly Mount[];
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

/**
 * What buildpacks read: the platform folder and a plan. The files are in memory that only the container has: in no layer, and gone with it
 * however the build ends.
 */
export function inputFiles(inputs: {
  readonly env: Readonly<Record<string, string>>;
  readonly plan?: TomlTable | undefined;
}): readonly Mount[] {
  const file = (target: string, text: string): Mount => ({
    ...{ kind: 'file', target, content: Buffer.from(text), mode: 0o644 },
  });
  return [
    { kind: 'tmpfs', target: `${platformFolder}/env` },
    ...Object.entries(inputs.env).map(([name, value]) => file(`${platformFolder}/env/${name}`, value)),
    ...(inputs.plan === undefined ? [] : [file(planFile, formatToml(inputs.plan))]),
  ];
}
