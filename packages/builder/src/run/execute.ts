import type { RunInstruction } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { canIsolateNetwork, type ProcessSpec, type ResolvedUser, type Scratch } from '@lading/runtime';
import type { DockerfileSession, StepSession } from '../step/session.ts';
import type { Command } from './command.ts';
import { networkOf } from './entitlements.ts';
import { hideSecrets } from './hide-secrets.ts';
import type { StepResources } from './step-resources.ts';

/** Bytes of output that an error shows. */
const tailBytes = 4096;

export interface StepProcess {
  readonly command: Command;
  readonly user: ResolvedUser;
  readonly environment: readonly string[];
  readonly workdir: string;
  readonly resources: StepResources;
  /** What an interpreter of foreign programs needs. */
  readonly mounts: NonNullable<ProcessSpec['mounts']>;
  readonly shell: readonly string[];
}

/** Runs the process of a step. Throws BUILD_STEP_FAILED with details `exitCode` and `output`, the end of what it wrote. */
export async function execute(
  session: StepSession & DockerfileSession,
  scratch: Scratch,
  instruction: RunInstruction,
  step: StepProcess,
): Promise<void> {
  const spec = specOf(session, instruction, step);
  const { output, end, tail } = shownOutput(session);
  const status = await scratch.run({ ...spec, stdin: 'none', stdout: output, stderr: output }, session);
  end();
  if (status.code === 0) return;
  await session.run.options.onFailedStep?.({
    title: session.step.title,
    exitCode: status.code,
    async openShell() {
      const terminal = { terminal: true, stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' } as const;
      const env = [...(spec.env as readonly string[]), `TERM=${process.env.TERM ?? 'xterm'}`];
      return (await scratch.run({ ...spec, ...terminal, env, argv: [step.shell[0] ?? '/bin/sh'] }, session)).code;
    },
  });
  throw new LadingError(
    'BUILD_STEP_FAILED',
    `the step exited with ${status.signal ?? `code ${status.code}`}: ${instruction.line}`,
    {
      hint: 'Its output is above; the step ran on the layers of the steps before it.',
      details: { exitCode: status.code, output: tail() },
    },
  );
}

function specOf(session: StepSession & DockerfileSession, instruction: RunInstruction, step: StepProcess): ProcessSpec {
  const { options, noticeOnce } = session.run;
  const { resources, command, workdir, user } = step;
  const script = command.script && {
    ...{ kind: 'file' as const, target: command.script.path, mode: 0o755 },
    content: Buffer.from(command.script.content),
  };
  const given = new Set(step.environment.map((entry) => entry.slice(0, entry.indexOf('='))));
  const added = Object.entries(resources.env).filter(([name]) => !given.has(name));
  const network = networkOf(instruction, options);
  return {
    argv: command.argv,
    env: [...step.environment, ...added.map(([name, value]) => `${name}=${value}`)],
    secretEnv: resources.secretEnv,
    cwd: workdir,
    user,
    network: network === 'default' ? (canIsolateNetwork() ? 'private' : 'host') : network,
    extraHosts: options.addHosts,
    limits: options.stepLimits,
    noNewPrivileges: options.noNewPrivileges ?? false,
    privileged: instruction.security === 'insecure',
    mounts: [...step.mounts, ...(script === undefined ? [] : [script]), ...resources.mounts],
    notice: noticeOnce,
  };
}

/** Output on its way to whoever watches the build: without secrets, and with its end kept. */
function shownOutput(session: StepSession & DockerfileSession): {
  readonly output: (chunk: Uint8Array) => void;
  readonly end: () => void;
  readonly tail: () => string;
} {
  const filter = hideSecrets(session.run.secrets.known());
  let kept = Buffer.alloc(0);
  const show = (chunk: Buffer): void => {
    if (chunk.length === 0) return;
    kept = Buffer.concat([kept, chunk]).subarray(-tailBytes);
    session.emit({ kind: 'step-output', step: session.step.id, chunk });
  };
  return {
    output: (chunk) => show(filter.write(chunk)),
    end: () => show(filter.end()),
    tail: () => kept.toString('utf8'),
  };
}
