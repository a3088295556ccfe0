/** Something that is measured again and again beside others. */
export interface Contender<Sample> {
  readonly name: string;
  readonly measure: () => Promise<Sample>;
}

/**
 * Measures all of them once per round, in an order that turns by one with each round, so that drift of the machine, and what one leaves
 * behind for the next, hits all alike.
 */
export async function inRounds<Sample>(
  rounds: number,
  contenders: readonly Contender<Sample>[],
): Promise<Map<string, Sample[]>> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      if (contender !== undefined) samples.get(contender.name)?.push(await contender.measure());
    }
  }
  return samples;
}
