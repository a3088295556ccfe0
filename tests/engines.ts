import type { TestContext } from 'node:test';
import { type EngineName, inspectMachine } from '@lading/runtime';
import { skipUnless } from '@lading/testkit';

/** The engines that this machine has, in the order in which Lading takes them. */
export async function enginesHere(): Promise<readonly EngineName[]> {
  const { engines, mapping, overlay } = await inspectMachine({ engine: '' });
  return mapping === undefined || !overlay ? [] : engines;
}

/** False after skipping the test because no container can run here. */
export async function canRun(t: TestContext): Promise<boolean> {
  const { problems, engines, mapping, overlay } = await inspectMachine({ engine: '' });
  const able = mapping !== undefined && overlay && engines.length > 0;
  return skipUnless(t, able, `containers: ${problems.map(({ why }) => why).join('; ')}`);
}
