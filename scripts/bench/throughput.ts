import { measureThroughput as measureBytes } from '../../packages/bytes/bench/throughput.ts';
import type { Section } from './section.ts';

/** Digests and compression beside the usual programs, as the package measures them itself. */
export async function measureThroughput(options: { bytes: number; rounds: number }): Promise<Section> {
  const { data, text } = await measureBytes(options);
  return { name: 'throughput', data, text: `Digests and compression: ${text}` };
}
