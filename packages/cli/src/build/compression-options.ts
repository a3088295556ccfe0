import type { BuildRequest, LayerCompression } from '@lading/builder';
import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { flagOption, type OptionValues, textOption } from '../command.ts';

type Compressed = Pick<BuildRequest, 'compression' | 'forceCompression'>;

const names: Readonly<Record<string, LayerCompression['compression']>> = {
  gzip: 'gzip',
  zstd: 'zstd',
  estargz: 'estargz',
  uncompressed: 'none',
};

export function configureCompression(command: Command): void {
  command
    .option('--compression <name>', `of layers: ${Object.keys(names).join(', ')} (gzip unless told)`)
    .option('--compression-level <n>', 'how hard to try: 0 to 9 for gzip and estargz, 1 to 19 for zstd')
    .option('--force-compression', 'compress the layers of the base likewise');
}

/** From the options, and the attributes of outputs, which mean the same: a build has one compression. Throws USAGE. */
export function compressionOf(
  options: OptionValues,
  outputs: readonly { readonly attributes: ReadonlyMap<string, string> }[],
): Compressed {
  const said = (attribute: string, option: string | undefined): string | undefined => {
    const values = [option, ...outputs.map((output) => output.attributes.get(attribute))];
    const [first, other] = new Set(values.filter((value) => value !== undefined));
    if (other === undefined) return first;
    throw new LadingError('USAGE', `Cannot build with ${attribute} ${first} and ${other} at once`, {
      hint: 'Build twice; steps come from the cache.',
    });
  };
  const name = said('compression', textOption(options, 'compression'));
  const level = said('compression-level', textOption(options, 'compressionLevel'));
  const force = flagOption(options, 'forceCompression') ? 'true' : undefined;
  const compression = names[name ?? 'gzip'];
  if (compression === undefined) {
    throw new LadingError('USAGE', `Cannot compress with ${JSON.stringify(name)}: there is no such compression`, {
      hint: `There is ${Object.keys(names).join(', ')}.`,
    });
  }
  const [lowest, highest] = compression === 'zstd' ? [1, 19] : [0, 9];
  const number = level === undefined ? undefined : Number(level);
  if (number !== undefined && !(/^\d{1,2}$/.test(level ?? '') && number >= lowest && number <= highest)) {
    throw new LadingError('USAGE', `Cannot compress at level ${level}: it is a number from ${lowest} to ${highest}`);
  }
  return {
    compression: name === undefined && number === undefined ? undefined : { compression, level: number },
    forceCompression: said('force-compression', force) === 'true',
  };
}
