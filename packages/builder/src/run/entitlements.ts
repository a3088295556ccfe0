import type { RunInstruction } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import type { Entitlement, RunOptions } from './run-options.ts';

/** The network of a step: what it says itself, else what the build says. */
export function networkOf(
  instruction: Pick<RunInstruction, 'network'>,
  options: RunOptions,
): 'default' | 'none' | 'host' {
  return instruction.network === 'default' ? (options.network ?? 'default') : instruction.network;
}

/** Throws BUILD_DENIED for what a step asks for and the build does not allow. */
export function checkEntitlements(instruction: RunInstruction, options: RunOptions): void {
  const needed: Entitlement[] = [
    ...(instruction.security === 'insecure' ? (['security.insecure'] as const) : []),
    // What the command line says for all steps needs no second word for one.
    ...(instruction.network === 'host' && options.network !== 'host' ? (['network.host'] as const) : []),
    ...(instruction.devices.length > 0 ? (['device'] as const) : []),
  ];
  const refused = needed.find((entitlement) => options.allow?.has(entitlement) !== true);
  if (refused === undefined) return;
  const asked = { 'security.insecure': '--security=insecure', 'network.host': '--network=host', device: '--device' }[
    refused
  ];
  throw new LadingError('BUILD_DENIED', `RUN ${asked} reaches out of the step, and this build does not allow it`, {
    hint: `When you trust the Dockerfile, build with --allow ${refused}.`,
    details: { entitlement: refused },
  });
}
