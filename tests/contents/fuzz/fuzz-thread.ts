import { parentPort, workerData } from 'node:worker_threads';
import { soundFiles } from './corpus.ts';
import { lookInto } from './look-into.ts';

/** From which case on, and how many apart. */
interface Lane {
  readonly first: number;
  readonly end: number;
  readonly step: number;
}

const { first, end, step } = workerData as Lane;
const sound = await soundFiles();
for (let seed = first; seed < end; seed += step) {
  parentPort?.postMessage({ seed });
  parentPort?.postMessage({ seed, wrong: await lookInto(seed, sound) });
}
