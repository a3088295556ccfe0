import type { BuildRequest, Entitlement } from '@lading/builder';
import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { collectValues, flagOption, listOption, type OptionValues, textOption } from '../command.ts';
import { parseSecret, parseSsh } from './secret-options.ts';
import { stepLimitsOf } from './step-limits.ts';

/** How steps run. */
export function configureRun(command: Command): void {
  command
    .option('--workers <n>', 'steps, or downloads, at a time')
    .option('--secret <id=ID,src=PATH|env=NAME>', 'what RUN --mount=type=secret shows; may be repeated', collectValues)
    .option('--ssh <default|ID[=SOCKET|KEYS]>', 'what RUN --mount=type=ssh shows; may be repeated', collectValues)
    .option('--network <default|none|host>', 'the network of steps that do not say')
    .option(
      '--add-host <name:ip>',
      'a line of /etc/hosts; the ip host-gateway is this machine; may be repeated',
      collectValues,
    )
    .option(
      '--allow <entitlement>',
      'security.insecure, network.host, device: what steps may ask for; may be repeated',
      collectValues,
    )
    .option('-m, --memory <size>', 'of each step, such as 512m')
    .option('--cpus <n>', 'processors of each step, such as 1.5')
    .option(
      '--ulimit <name=soft[:hard]>',
      'a limit of each process, such as nofile=1024; may be repeated',
      collectValues,
    )
    .option('--shm-size <size>', 'of /dev/shm; 64m where absent')
    .option('--no-new-privileges', 'setuid programs give no rights')
    .option('--scrub', 'keep logs and caches of package managers out of layers')
    .option('--on-error <shell>', 'open a shell where a step failed, before the build does')
    .option('--cache-mount-import <id=path>', 'fill a cache mount from a tar first; may be repeated', collectValues)
    .option(
      '--cache-mount-export <id=path>',
      'write a cache mount to a tar afterwards; may be repeated',
      collectValues,
    );
}

export type RunRequest = Pick<
  BuildRequest,
  'workers' | 'secrets' | 'ssh' | 'network' | 'addHosts' | 'allow' | 'stepLimits' | 'noNewPrivileges'
>;

/** Throws USAGE. */
export function runOf(options: OptionValues): RunRequest {
  return {
    workers: workersOf(options),
    secrets: new Map(listOption(options, 'secret').map(parseSecret)),
    ssh: new Map(listOption(options, 'ssh').map(parseSsh)),
    network: networkOf(options),
    addHosts: listOption(options, 'addHost').map(hostOf),
    allow: new Set(listOption(options, 'allow').map(entitlementOf)),
    stepLimits: stepLimitsOf(options),
    noNewPrivileges: options.newPrivileges === false,
  };
}

/** The list is the builder's, which is slow to load: only where it is asked for. */
export async function scrubOf(options: OptionValues): Promise<Pick<BuildRequest, 'scrub'>> {
  return flagOption(options, 'scrub') ? { scrub: (await import('@lading/builder')).scrubList } : {};
}

function workersOf(options: OptionValues): number | undefined {
  const text = textOption(options, 'workers');
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new LadingError('USAGE', `Cannot use --workers ${text}: it is a number from 1 up`);
}

function networkOf(options: OptionValues): RunRequest['network'] {
  const text = textOption(options, 'network');
  if (text === undefined || text === 'default' || text === 'none' || text === 'host') return text;
  throw new LadingError('USAGE', `Cannot use --network ${text}: it is default, none or host`);
}

/** `name:ip`, as docker has it, or `name=ip`; an IPv6 address may stand in brackets. */
function hostOf(text: string): { readonly name: string; readonly address: string } {
  const [, name, address] = /^([^:=\s]+)[:=]\[?([0-9a-fA-F.:]+|host-gateway)\]?$/.exec(text) ?? [];
  if (name !== undefined && address !== undefined) return { name, address };
  throw new LadingError('USAGE', `Cannot use --add-host ${text}: it is of the form NAME:IP, or NAME:host-gateway`);
}

export function entitlementOf(text: string): Entitlement {
  if (text === 'security.insecure' || text === 'network.host' || text === 'device') return text;
  throw new LadingError('USAGE', `Cannot use --allow ${text}: it is security.insecure, network.host or device`);
}
