import type { ExplainedChange, FileChange, StepExplanation } from '@lading/builder/history';
import { printableLine } from '../printable.ts';
import { formatDate, shortDigest } from '../table.ts';

/** Why a step ran, or why it did not: one line, and below it one for each reason. */
export function explanationLines(explanation: StepExplanation): readonly string[] {
  if (explanation.outcome === 'hit') return [hitLine(explanation)];
  const { reason, comparedWith, changes } = explanation;
  switch (reason) {
    case 'no-cache':
      return ['runs again: it was asked for'];
    case 'removed':
      return ['runs: nothing changed, but its earlier result is not here'];
    case 'first':
      return ['runs: nothing like it was built here before'];
    case 'changed': {
      const since = comparedWith === undefined ? '' : ` since build ${shortId(comparedWith.build)}`;
      return [`runs: ${changes.map(shortText).join(', ')} changed${since}`, ...changes.flatMap(changeLines)];
    }
  }
}

/** The end of a build's id is enough to name it. */
export function shortId(id: string): string {
  return id.slice(id.lastIndexOf('-') + 1);
}

function hitLine({ since, build, cache }: Extract<StepExplanation, { outcome: 'hit' }>): string {
  const from =
    cache !== undefined ? ` from the cache ${cache}` : build === undefined ? '' : ` of build ${shortId(build)}`;
  return `cached: the result${from}${since ? `, made ${formatDate(since)}` : ''}`;
}

const partNames: Readonly<Record<string, string>> = {
  argv: 'the command',
  script: 'the script',
  sources: 'the sources',
  destination: 'the destination',
  inline: 'the text of its files',
  workdir: 'the working folder',
  user: 'the user',
  epoch: 'SOURCE_DATE_EPOCH',
  platform: 'the platform',
  kind: 'the instruction',
  version: 'the version of Lading',
  packages: 'the packages',
  recipe: 'the recipe',
  architecture: 'the architecture',
  layer: 'how packages are laid in layers',
  plan: 'the plan of the buildpacks',
  variables: 'a variable',
  buildpack: 'the buildpack',
  restored: 'what was restored',
};

function shortText(change: ExplainedChange): string {
  switch (change.what) {
    case 'files': {
      const count = change.added + change.removed + change.changed;
      return count === 1 ? printableLine(change.first[0]?.path ?? 'a file') : `${count} files`;
    }
    case 'variable':
      return `the variable ${printableLine(change.name)}`;
    case 'part':
      return partNames[change.part] ?? change.part;
    case 'base':
      return `the base ${printableLine(change.name)}`;
    case 'step':
      return 'the result of a step before it';
    case 'stage':
      return `the stage ${change.stage}`;
    case 'source':
      return 'what it copies from';
    case 'file-system':
      return 'what it starts from';
  }
}

function changeLines(change: ExplainedChange): readonly string[] {
  switch (change.what) {
    case 'files': {
      const { added, removed, changed, first } = change;
      const more = added + removed + changed - first.length;
      return [...first.map((file) => `  ${fileLine(file)}`), ...(more > 0 ? [`  and ${more} more files`] : [])];
    }
    case 'variable':
      return [`  ${printableLine(change.name)} was ${change.how}`];
    case 'part': {
      const { before, after } = change;
      if (before === undefined && after === undefined) return [];
      return [`  - ${printableLine(before ?? '(nothing)')}`, `  + ${printableLine(after ?? '(nothing)')}`];
    }
    case 'base':
      return [`  ${imageText(change.before)} → ${imageText(change.after)}`];
    case 'step':
      return [`  ${printableLine(change.step)}`];
    case 'stage':
    case 'source':
    case 'file-system':
      return [];
  }
}

function fileLine({ path, how, before, after }: FileChange): string {
  const name = printableLine(path);
  switch (how) {
    case 'added':
    case 'removed':
      return `${name} was ${how}`;
    case 'content':
      return `${name} has other content`;
    case 'target':
      return `${name} points elsewhere`;
    case 'mode':
    case 'type':
      return `${name}: ${before} → ${after}`;
  }
}

function imageText(image: string | undefined): string {
  if (image === undefined) return '(none)';
  return image.startsWith('sha256:') ? shortDigest(image) : printableLine(image);
}
