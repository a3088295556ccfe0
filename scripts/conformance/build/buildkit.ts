import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProgram } from '@lading/testkit';
import { alpineName } from '../../../tests/dockerfiles/workshop.ts';
import { baseArguments, startBuildkitd } from '../../peers/buildkitd.ts';
import type { BaseLayout } from './base-layout.ts';
import { type SharedOptions, sharedOptions } from './options.ts';
import { describeArchive, type Peer } from './peer.ts';

/** BuildKit's own daemon; text says what it lacks. */
export async function startBuildkit({ layout, digest }: BaseLayout): Promise<Peer | string> {
  const folder = await mkdtemp(join(tmpdir(), 'lading-buildkit-'));
  const started = await startBuildkitd(folder);
  if (typeof started === 'string') {
    await rm(folder, { recursive: true, force: true });
    return `buildkit lacks ${started}`;
  }
  const { daemon, version } = started;
  const [program, ...toDaemon] = started.client;
  let built = 0;
  return {
    name: 'buildkit',
    version,
    async stop() {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
    async build(one, context, alpine) {
      const options = sharedOptions(one);
      if (options === undefined) return undefined;
      built += 1;
      const archive = join(folder, `${built}.tar`);
      const { code, stderr } = await runProgram(
        program,
        [
          ...[...toDaemon, 'build', '--frontend', 'dockerfile.v0', '--output', `type=oci,dest=${archive}`],
          ...baseArguments({ name: alpineName, layout, digest }),
          ...argumentsOf(options, context),
        ],
        { timeoutMs: 120_000 },
      );
      if (code !== 0) return { ok: false, log: stderr };
      try {
        return { ok: true, ...(await describeArchive(archive, alpine)) };
      } finally {
        await rm(archive);
      }
    },
  };
}

function argumentsOf(options: SharedOptions, context: string): string[] {
  const opt = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : ['--opt', `${name}=${value}`];
  const file = join(context, options.file);
  return [
    ...['--local', `context=${context}`, '--local', `dockerfile=${dirname(file)}`],
    ...opt('filename', options.file.split('/').at(-1)),
    ...opt('target', options.target),
    ...opt('platform', options.platform),
    ...opt('force-network-mode', options.network),
    ...options.buildArgs.flatMap((pair) => opt(`build-arg:${pair.split('=')[0]}`, pair.replace(/^[^=]*=/, ''))),
    ...options.labels.flatMap((pair) => opt(`label:${pair.split('=')[0]}`, pair.replace(/^[^=]*=/, ''))),
    ...(options.addHosts.length === 0 ? [] : opt('add-hosts', options.addHosts.join(',').replaceAll(':', '='))),
    ...options.secrets.flatMap((secret) => ['--secret', inContext(secret, context)]),
    ...options.contexts.flatMap((pair, index) => [
      ...['--local', `extra${index}=${join(context, pair.replace(/^[^=]*=/, ''))}`],
      ...opt(`context:${pair.split('=')[0]}`, `local:extra${index}`),
    ]),
  ];
}

function inContext(secret: string, context: string): string {
  return secret.replace(/\b(src|source)=([^,]*)/, (_, key: string, path: string) => `${key}=${join(context, path)}`);
}
