import { FileTree } from '@lading/filetree';
import type { Platform } from '@lading/oci';
import { stepKey } from '../cache/step-key.ts';
import type { NamedContext } from '../context/named-contexts.ts';
import { planCopy } from '../copy/plan.ts';
import { select } from '../copy/select.ts';
import { withContent } from '../copy/write.ts';
import type { FileSource } from '../file-source.ts';
import { baseImage } from '../output/base-annotations.ts';
import { emptyState, type StageState, stateOf } from '../stage-state.ts';
import { type BuildSession, throughCache, writeStepLayer } from './session.ts';

/** What a stage is that starts from a named context: its image, or its files as the only layer. */
export async function contextState(
  session: BuildSession,
  context: NamedContext,
  platform: Platform,
): Promise<StageState> {
  if (context.kind === 'files') return stateOfFiles(session, await context.files(), platform);
  const image = await context.image(platform);
  return image === undefined ? emptyState(platform) : { ...stateOf(image), base: baseImage(image) };
}

async function stateOfFiles(session: BuildSession, source: FileSource, platform: Platform): Promise<StageState> {
  const selected = await select(source, ['/'], { exclude: [], parents: false });
  const files = selected.flatMap(({ inside }) => inside);
  const key = stepKey('copy', {
    content: await source.identity.fingerprint(files, session),
    destination: '/',
    epoch: String(session.epoch),
  });
  const { layer } = await throughCache(session, key, async () => {
    const options = { selected, inline: [], destination: '/', workdir: '/', parents: false, epoch: session.epoch };
    const plan = planCopy(new FileTree(), options);
    if (plan.length === 0) return {};
    return { layer: await writeStepLayer(session, withContent(plan, source, session.spoolFolder, session)) };
  });
  const state = emptyState(platform);
  return layer === undefined ? state : { ...state, layers: [layer] };
}
