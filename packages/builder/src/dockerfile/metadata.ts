import { posix } from 'node:path';
import type { CommandForm, HealthcheckInstruction, Instruction } from '@lading/dockerfile';
import { expandWords, parsePorts } from '@lading/dockerfile';
import type { BuildConfig } from '../stage-state.ts';
import { type StageScope, withVariable } from './scope.ts';

export const defaultShell: readonly string[] = ['/bin/sh', '-c'];

/**
 * The config after an instruction that changes nothing but it; undefined for the others. A value is expanded with the variables
 * as they were before the instruction: `ENV a=1 b=$a` gives b what a was.
 */
export function changeConfig(
  config: BuildConfig,
  instruction: Instruction,
  scope: StageScope,
): BuildConfig | undefined {
  const env = config.Env ?? [];
  const expanded = (text: string): string => scope.expand(text, env);
  switch (instruction.keyword) {
    case 'ENV': {
      let changed: readonly string[] = env;
      for (const { name, value } of instruction.variables)
        changed = withVariable(changed, expanded(name), expanded(value));
      return { ...config, Env: changed };
    }
    case 'LABEL': {
      const added = instruction.labels.map(({ name, value }) => [expanded(name), expanded(value)] as const);
      return { ...config, Labels: { ...config.Labels, ...Object.fromEntries(added) } };
    }
    case 'USER':
      return { ...config, User: expanded(instruction.user) };
    case 'EXPOSE': {
      const words = instruction.ports.flatMap((port) => expandWords(port, scope.environment(env), scope.expandOptions));
      const ports = words.flatMap(parsePorts).map((port) => [port, {}] as const);
      return { ...config, ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(ports) } };
    }
    case 'VOLUME': {
      const volumes = instruction.paths.map((path) => [expanded(path), {}] as const);
      return { ...config, Volumes: { ...config.Volumes, ...Object.fromEntries(volumes) } };
    }
    case 'STOPSIGNAL':
      return { ...config, StopSignal: expanded(instruction.signal) };
    case 'CMD':
      return { ...config, Cmd: argvOf(instruction, config.Shell) };
    case 'ENTRYPOINT':
      return { ...config, Entrypoint: argvOf(instruction, config.Shell) };
    case 'SHELL':
      return { ...config, Shell: instruction.shell };
    case 'ONBUILD':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.expression] };
    case 'HEALTHCHECK':
      return { ...config, Healthcheck: healthcheckOf(instruction) };
    default:
      return undefined;
  }
}

/** A base's CMD was meant for the base's ENTRYPOINT. */
export function withoutCommand({ Cmd: _inherited, ...config }: BuildConfig): BuildConfig {
  return config;
}

/** The folder that WORKDIR changes to; a relative one starts at the one before. */
export function workingDirectory(config: BuildConfig, path: string): string {
  return posix.resolve('/', config.WorkingDir ?? '', path);
}

/** The process that a command stands for. */
export function argvOf(command: CommandForm, shell: readonly string[] = defaultShell): readonly string[] {
  return command.form === 'exec' ? command.argv : [...shell, command.command];
}

function healthcheckOf(instruction: HealthcheckInstruction): Record<string, unknown> {
  const { check } = instruction;
  if (check === 'none') return { Test: ['NONE'] };
  const given = {
    Interval: instruction.intervalNs,
    Timeout: instruction.timeoutNs,
    StartPeriod: instruction.startPeriodNs,
    StartInterval: instruction.startIntervalNs,
    Retries: instruction.retries,
  };
  // The engine that runs the check puts the SHELL of the image in front.
  const test = check.form === 'exec' ? ['CMD', ...check.argv] : ['CMD-SHELL', check.command];
  return {
    Test: test,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== 0)),
  };
}
