import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunInstruction } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { digestOf, formatPlatform, hostPlatform, matchPlatform } from '@lading/oci';
import {
  type BindMount,
  type ResolvedUser,
  readSnapshotText,
  resolveUser,
  type Scratch,
  type Snapshot,
} from '@lading/runtime';
import type { TarEntry } from '@lading/tar';
import type { StepOutcome } from '../cache/step-cache.ts';
import { stepKey } from '../cache/step-key.ts';
import { argvOf } from '../dockerfile/metadata.ts';
import { environmentMap, type StageScope, withVariable } from '../dockerfile/scope.ts';
import { fileSystemId, type StageState } from '../stage-state.ts';
import { type CachedStep, type StepSession, throughCache, writeStepLayer } from './session.ts';

/** Where a step whose here-document is a script finds it: a mount, of which nothing stays in the layer. */
const scriptPath = '/.lading-script';
/** Bytes of output that an error shows. */
const tailBytes = 4096;

/** RUN: a process in the file system of the stage; what it changed is a layer. */
export async function runCommand(
  session: StepSession,
  state: StageState,
  instruction: RunInstruction,
  scope: StageScope,
): Promise<CachedStep> {
  refuseUnsupported(instruction);
  const env = state.config.Env ?? [];
  const { argv, script } = commandOf(instruction, state.config.Shell);
  const environment = [...env, ...scope.visibleArgs(env)];
  const key = stepKey('run', {
    fileSystem: fileSystemId(state),
    platform: formatPlatform(state.platform),
    argv,
    script: script === undefined ? undefined : digestOf(script),
    environment,
    user: state.config.User ?? '',
    workdir: state.config.WorkingDir ?? '/',
    network: instruction.network,
    epoch: String(session.epoch),
  });
  return throughCache(session, key, async () => {
    return inScratch(session, state, async (scratch, parent) => {
      const [passwd, group] = [
        await readSnapshotText(parent, '/etc/passwd'),
        await readSnapshotText(parent, '/etc/group'),
      ];
      const user = resolveUser(state.config.User ?? '', passwd, group);
      const complete = [...environment, ...scope.undeclaredProxies()];
      const run = {
        argv,
        script,
        user,
        environment: withHome(complete, user),
        workdir: state.config.WorkingDir ?? '/',
      };
      await execute(session, scratch, instruction, run);
    });
  });
}

/** Gives the work a writable layer on top of the stage, and makes a layer and a snapshot of what it changed. */
async function inScratch(
  session: StepSession,
  state: StageState,
  work: (scratch: Scratch, parent: Snapshot | undefined) => Promise<void>,
): Promise<StepOutcome> {
  if (!matchPlatform(hostPlatform(), state.platform)) {
    throw new LadingError(
      'BUILD_UNSUPPORTED',
      `Cannot run a step for ${formatPlatform(state.platform)} on ${formatPlatform(hostPlatform())}`,
      {
        hint: 'Build on a machine of that platform; stages that only copy files work for every platform.',
      },
    );
  }
  const snapshots = await session.snapshots();
  const layers = state.layers.map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed(session) }));
  const parent = layers.length === 0 ? undefined : await snapshots.ensure(layers, session);
  const scratch = await snapshots.begin(parent, session);
  try {
    await work(scratch, parent);
    const entries = await startedWhenFull(scratch.changes({ epoch: session.epoch }, session));
    if (entries === undefined) return {};
    const layer = await writeStepLayer(session, entries);
    await scratch.keep(layer.diffId, { epoch: session.epoch }, session);
    return { layer };
  } finally {
    await scratch.discard();
  }
}

interface Run {
  readonly argv: readonly string[];
  readonly script: string | undefined;
  readonly user: ResolvedUser;
  readonly environment: readonly string[];
  readonly workdir: string;
}

async function execute(session: StepSession, scratch: Scratch, instruction: RunInstruction, run: Run): Promise<void> {
  let tail = Buffer.alloc(0);
  const output = (chunk: Uint8Array): void => {
    tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
    session.emit({ kind: 'step-output', step: session.step.id, chunk });
  };
  const { mounts, remove } = await scriptMount(run.script);
  try {
    const status = await scratch.run(
      {
        argv: run.argv,
        env: run.environment,
        cwd: run.workdir,
        user: run.user,
        stdin: 'none',
        stdout: output,
        stderr: output,
        network: instruction.network === 'none' ? 'none' : 'host',
        mounts,
      },
      session,
    );
    if (status.code === 0) return;
    throw new LadingError(
      'BUILD_STEP_FAILED',
      `the step exited with ${status.signal ?? `code ${status.code}`}: ${instruction.line}`,
      {
        hint: 'Its output is above; the step ran on the layers of the steps before it.',
        details: { exitCode: status.code, output: tail.toString('utf8') },
      },
    );
  } finally {
    await remove();
  }
}

async function scriptMount(script: string | undefined): Promise<{ mounts: BindMount[]; remove: () => Promise<void> }> {
  if (script === undefined) return { mounts: [], remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'lading-script-'));
  const source = join(folder, 'script');
  await writeFile(source, script);
  // Not by the mode of the creation, which the umask cuts: any user of the image may have to read it.
  await chmod(source, 0o755);
  return {
    mounts: [{ source, target: scriptPath, readOnly: true }],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The process of a RUN. A here-document alone is its script; behind a command it goes to the shell as written. */
function commandOf(
  instruction: RunInstruction,
  shell: readonly string[] | undefined,
): { argv: readonly string[]; script?: string } {
  const [heredoc, ...others] = instruction.heredocs;
  if (heredoc === undefined || instruction.form === 'exec') return { argv: argvOf(instruction, shell) };
  const alone = others.length === 0 && /^\d*<<-?\s*\S+$/.test(instruction.command.trim());
  if (alone && heredoc.content.startsWith('#!')) return { argv: [scriptPath], script: heredoc.content };
  if (alone) return { argv: argvOf({ form: 'shell', command: heredoc.content }, shell) };
  const documents = instruction.heredocs.map(({ name, content }) => `${content}${name}\n`).join('');
  return { argv: argvOf({ form: 'shell', command: `${instruction.command}\n${documents}` }, shell) };
}

function withHome(environment: readonly string[], user: ResolvedUser): readonly string[] {
  return environmentMap(environment).has('HOME') ? environment : withVariable(environment, 'HOME', user.home);
}

function refuseUnsupported(instruction: RunInstruction): void {
  const what =
    instruction.mounts.length > 0
      ? '--mount'
      : instruction.security === 'insecure'
        ? '--security=insecure'
        : instruction.devices.length > 0
          ? '--device'
          : undefined;
  if (what === undefined) return;
  throw new LadingError('BUILD_UNSUPPORTED', `RUN ${what} is not supported in this version`, {
    hint: 'Write the step without it.',
  });
}

/** The entries, started; undefined when there is none. */
async function startedWhenFull(entries: AsyncIterable<TarEntry>): Promise<AsyncIterable<TarEntry> | undefined> {
  const iterator = entries[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return undefined;
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield first.value;
        for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
      } finally {
        await iterator.return?.();
      }
    },
  };
}
