// Faults of every kind between Lading and real registries. `npm run soak:faults` does more of it.
import { type TestContext, test } from 'node:test';
import { isLongRun, temporaryFolder } from '@lading/testkit';
import { faultRoundOf, openFaultGround } from './fault-rounds.ts';
import { imageWithReferrer } from './image-with-referrer.ts';
import { registryKinds, registryProgram } from './registry-process.ts';

const claim =
  'whatever happens between client and registry, operations end right or with a documented error, and in time';

test(claim, (t) => faultRounds(t, 12));

test(`${claim}: many rounds`, async (t) => {
  if (isLongRun(t)) await faultRounds(t, 150);
});

async function faultRounds(t: TestContext, rounds: number): Promise<void> {
  const kinds = registryKinds.filter((kind) => registryProgram(kind) !== undefined);
  const bytes = 2_000_000;
  const { repository, image } = await imageWithReferrer(bytes);
  const ground = await openFaultGround(await temporaryFolder(t), repository, image);
  try {
    for (let seed = 1; seed <= rounds; seed++) {
      const round = faultRoundOf(seed, kinds, bytes);
      try {
        await ground.run(round);
      } catch (cause) {
        throw new Error(`round ${JSON.stringify(round)}`, { cause });
      }
    }
  } finally {
    await ground.close();
  }
}
