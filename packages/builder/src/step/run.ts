import type { RunInstruction } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { digestOf, formatPlatform } from '@lading/oci';
import { findExecution, readSnapshotText, resolveUser, type Snapshots } from '@lading/runtime';
import type { TarEntry } from '@lading/tar';
import type { StepOutcome } from '../cache/step-cache.ts';
import { type StepKey, type StepParts, stepKey } from '../cache/step-key.ts';
import { defaultShell } from '../dockerfile/metadata.ts';
import { environmentMap, type StageScope, withVariable } from '../dockerfile/scope.ts';
import type { FileSource } from '../file-source.ts';
import { type Command, commandOf } from '../run/command.ts';
import { findDevices } from '../run/devices.ts';
import { checkEntitlements, networkOf } from '../run/entitlements.ts';
import { execute } from '../run/execute.ts';
import { mountSource } from '../run/mount-source.ts';
import { mountsKey, type StepMount, stepMounts } from '../run/step-mounts.ts';
import { bindSnapshots, describeProblem, openResources, type SourcedMount } from '../run/step-resources.ts';
import { fileSystemId, type StageState } from '../stage-state.ts';
import { type CachedStep, type DockerfileSession, type StepSession, throughCache, writeStepLayer } from './session.ts';

/** Where the `from` of a mount is found; the build context without one. */
export type MountSources = ReadonlyMap<string | undefined, FileSource>;

/** RUN: a process in the file system of the stage; what it changed is a layer. */
export async function runCommand(
  session: StepSession & DockerfileSession,
  state: StageState,
  instruction: RunInstruction,
  scope: StageScope,
  sources: MountSources,
): Promise<CachedStep> {
  const { options } = session.run;
  checkEntitlements(instruction, options);
  const env = state.config.Env ?? [];
  const workdir = state.config.WorkingDir ?? '/';
  const command = commandOf(instruction, state.config.Shell);
  const environment = [...env, ...scope.visibleArgs(env)];
  const mounts = stepMounts(instruction, (value) => scope.expand(value, env), workdir).map((mount) => ({
    ...{ mount, source: sourceOf(session, mount, sources) },
  }));
  const parts: StepParts = {
    fileSystem: fileSystemId(state),
    platform: formatPlatform(state.platform),
    argv: command.argv,
    script: command.script === undefined ? undefined : digestOf(command.script.content),
    environment,
    user: state.config.User ?? '',
    workdir,
    network: networkOf(instruction, options),
    hosts: options.addHosts?.length ? options.addHosts.map(({ name, address }) => `${name}=${address}`) : undefined,
    security: instruction.security === 'sandbox' ? undefined : instruction.security,
    devices: instruction.devices.length === 0 ? undefined : instruction.devices.map(({ name }) => name),
    noNewPrivileges: options.noNewPrivileges === true ? 'true' : undefined,
    scrub: options.scrub,
    mounts: mountsKey(mounts.map(({ mount }) => mount)),
    epoch: String(session.epoch),
  };
  const work = (): Promise<StepOutcome> =>
    inScratch(session, state, instruction, { command, environment, workdir, mounts, scope });
  const [first, closer] = keysOf(parts, mounts);
  return throughCache(session, await first(), work, closer);
}

function sourceOf(
  session: StepSession & DockerfileSession,
  mount: StepMount,
  sources: MountSources,
): SourcedMount['source'] {
  if (mount.type !== 'bind' && (mount.type !== 'cache' || mount.from === undefined)) return undefined;
  const source = sources.get(mount.from);
  return source && mountSource(session, source, mount.source);
}

/**
 * What mounts show is part of the key. Where a stage or an image as a whole is what it was, its files need not be looked at; where
 * a part of a stage is mounted, they are before the step runs.
 */
function keysOf(
  parts: StepParts,
  mounts: readonly SourcedMount[],
): readonly [() => Promise<StepKey>, (() => Promise<StepKey>) | undefined] {
  const shown = mounts.flatMap(({ mount, source }) => (source === undefined ? [] : [{ mount, source }]));
  const key = async (closely: boolean): Promise<StepKey> => {
    const content = await Promise.all(
      shown.map(
        async ({ mount, source }) =>
          (closely && isPart(mount) ? undefined : source.whole) ?? (await source.fingerprint()),
      ),
    );
    return stepKey('run', { ...parts, content: content.length === 0 ? undefined : content });
  };
  const closer = shown.some(({ mount, source }) => source.whole !== undefined && isPart(mount));
  return [() => key(false), closer ? () => key(true) : undefined];
}

function isPart(mount: StepMount): boolean {
  return (mount.type === 'bind' || mount.type === 'cache') && mount.source !== '/';
}

interface Run {
  readonly command: Command;
  readonly environment: readonly string[];
  readonly workdir: string;
  readonly mounts: readonly SourcedMount[];
  readonly scope: StageScope;
}

/** Runs the step in a writable layer on top of the stage, and makes a layer and a snapshot of what it changed. */
async function inScratch(
  session: StepSession & DockerfileSession,
  state: StageState,
  instruction: RunInstruction,
  { command, environment, workdir, mounts, scope }: Run,
): Promise<StepOutcome> {
  const { options } = session.run;
  const execution = await findExecution(state.platform);
  if (execution.kind === 'impossible') {
    const name = formatPlatform(state.platform);
    throw new LadingError('BUILD_UNSUPPORTED', `Cannot run a step for ${name}: ${execution.why}`, {
      hint: execution.remedy,
    });
  }
  const snapshots = await session.snapshots();
  noticeProblems(session, snapshots);
  const layers = state.layers.map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed(session) }));
  const parent = layers.length === 0 ? undefined : await snapshots.ensure(layers, session);
  const binds = await bindSnapshots(snapshots, mounts);
  const uses = [...binds.values()].map(({ snapshot }) => snapshot);
  const devices = await findDevices(instruction.devices);
  const resources = await openResources(session, snapshots, mounts, binds);
  try {
    const scratch = await snapshots.begin(parent, { uses, signal: session.signal });
    try {
      const [passwd, group] = [
        await readSnapshotText(parent, '/etc/passwd'),
        await readSnapshotText(parent, '/etc/group'),
      ];
      const user = resolveUser(state.config.User ?? '', passwd, group);
      const complete = [...environment, ...devices.env, ...scope.undeclaredProxies()];
      await execute(session, scratch, instruction, {
        ...{ command, user, workdir, resources },
        environment: environmentMap(complete).has('HOME') ? complete : withVariable(complete, 'HOME', user.home),
        mounts: [...devices.mounts, ...(execution.kind === 'emulated' ? execution.mounts : [])],
        shell: state.config.Shell ?? defaultShell,
      });
      if (options.scrub !== undefined) await scratch.forget(options.scrub, session);
      const entries = await startedWhenFull(scratch.changes({ epoch: session.epoch }, session));
      if (entries === undefined) return {};
      const layer = await writeStepLayer(session, entries);
      await scratch.keep(layer.diffId, { epoch: session.epoch }, session);
      return { layer };
    } finally {
      await scratch.discard();
    }
  } finally {
    await resources.release();
  }
}

/** What steps may stumble over on this machine is said before the first of them runs. */
function noticeProblems(session: StepSession & DockerfileSession, { machine }: Snapshots): void {
  for (const problem of machine.problems) session.run.noticeOnce(describeProblem(problem));
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
