// Either side of a push or pull is killed at random moments, again and again. `npm run soak:kill` does so with 500 MB.
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLongRun, temporaryFolder } from '@lading/testkit';
import { openKillGround } from './kill-rounds.ts';
import { writeLayerLayout } from './layer-layout.ts';
import { registryKinds, registryProgram } from './registry-process.ts';
import { roundOf } from './round-of.ts';

const claim =
  'pushes and pulls whose sides are killed end with the right digest, and move nothing again that was acknowledged';

test(claim, (t) => killRounds(t, 4, 12e6));

test(`${claim}: many rounds`, async (t) => {
  if (isLongRun(t)) await killRounds(t, 24, 40e6);
});

async function killRounds(t: TestContext, rounds: number, bytes: number): Promise<void> {
  const folder = await temporaryFolder(t);
  const layout = join(folder, 'layout');
  const kinds = registryKinds.filter((kind) => registryProgram(kind) !== undefined);
  const ground = await openKillGround({ folder, layout, ...(await writeLayerLayout(layout, bytes)) });
  try {
    for (let seed = 1; seed <= rounds; seed++) {
      const { direction, registry, side, runs, wireBytes } = await ground.run(roundOf(seed, kinds));
      t.diagnostic(
        `${seed}: ${direction}, ${registry}, ${side} killed: ${runs} runs, ${(wireBytes / bytes).toFixed(2)} × the layer`,
      );
    }
  } finally {
    await ground.close();
  }
}
