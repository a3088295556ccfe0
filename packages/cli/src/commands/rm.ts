import { LadingError } from '@lading/errors';
import {
  type Digest,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
  repositoryOf,
} from '@lading/oci';
import { type CommandModule, examples, flagOption } from '../command.ts';
import type { Home } from '../home.ts';
import { formatSpan } from '../housekeeping/amounts.ts';
import { retentionOf } from '../housekeeping/settings.ts';

/** A name that is there: a tag, or a pin, which has only a digest. */
interface Removal {
  readonly reference: Reference;
  readonly repository: string;
  readonly tag?: string;
  readonly digest: Digest;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<image...>', 'names of local images; a digest names what was pulled by digest')
      .option('--all-tags', 'every name in the repository')
      .addHelpText(
        'after',
        `\nOnly names are removed. What they pointed to stays for the undo window; "lading undo" brings a name back, and "lading gc" frees the
room when nothing needs it any more. Registries are not asked.\n${examples(
          ['lading rm app:1.0', 'one name'],
          ['lading rm app:1.0 app:1.1 base', 'several: all, or none when one is not there'],
          ['lading rm app:1.0@sha256:…', 'only if it points there'],
          ['lading rm app@sha256:…', 'what was pulled by digest'],
          ['lading rm --all-tags app', 'every tag of app'],
        )}`,
      );
  },

  async run(context, names, options) {
    const home = await context.home();
    const all = flagOption(options, 'allTags');
    // Every name is looked up before the first is removed.
    const found = new Map<string, Removal>();
    for (const name of names) {
      for (const removal of all ? await findAll(home, name) : [await findOne(home, name)]) {
        found.set(formatReference(removal.reference), removal);
      }
    }
    const removed: Removal[] = [];
    for (const removal of found.values()) if (await remove(home, removal)) removed.push(removal);
    const { undoMs } = await retentionOf(home.folder, {}, process.env);
    context.progress.log(
      undoMs === 0
        ? '"lading gc" frees what nothing else needs'
        : `"lading undo" brings it back for ${formatSpan(undoMs)}; until then its content stays`,
    );
    return {
      data: {
        removed: removed.map(({ reference, digest }) => ({ reference: formatReference(reference), digest })),
        undoUntil: new Date(Date.now() + undoMs).toISOString(),
      },
      text: removed.map(({ reference }) => familiarReference(reference)).join('\n'),
    };
  },
};

async function findOne(home: Home, name: string): Promise<Removal> {
  const { registry, repository: path, digest, ...written } = parseReference(name, { defaultTag: null });
  const tag = written.tag ?? (digest === undefined ? 'latest' : undefined);
  const reference = { registry, repository: path };
  const repository = repositoryOf(reference);
  if (tag === undefined) return findPin(home, name, { ...reference, ...(digest === undefined ? {} : { digest }) });
  const actual = await home.catalog.references(repository).resolve(tag);
  if (actual === undefined) throw await notHere(home, name, repository);
  if (digest !== undefined && digest !== actual.digest) throw moved(name, actual.digest);
  return { reference: { ...reference, tag }, repository, tag, digest: actual.digest };
}

async function findPin(home: Home, name: string, reference: Reference): Promise<Removal> {
  const repository = repositoryOf(reference);
  const pin = (await home.catalog.pins(repository)).find(({ descriptor }) => descriptor.digest === reference.digest);
  if (pin !== undefined) return { reference, repository, digest: pin.descriptor.digest };
  const tags = (await home.catalog.names()).filter(
    (one) => one.repository === repository && one.digest === reference.digest && one.tag !== undefined,
  );
  if (tags.length === 0) throw await notHere(home, name, repository);
  const known = tags.map(({ tag = '' }) => familiarReference({ ...bare(reference), tag }));
  throw new LadingError('REFERENCE_NOT_FOUND', `Cannot remove ${name}: it was not pulled by digest`, {
    hint: `It is here as ${known.join(', ')}: remove that.`,
    details: { names: known },
  });
}

async function findAll(home: Home, name: string): Promise<Removal[]> {
  const reference = parseReference(name, { defaultTag: null });
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw new LadingError('USAGE', `Cannot remove all tags of ${name}: it names one image`, {
      hint: `Write lading rm --all-tags ${familiarReference(bare(reference))}`,
    });
  }
  const repository = repositoryOf(reference);
  const names = (await home.catalog.names()).filter((one) => one.repository === repository);
  if (names.length === 0) throw await notHere(home, name, repository);
  return names.map(({ tag, digest }) => ({
    reference: { ...reference, ...(tag === undefined ? { digest } : { tag }) },
    repository,
    ...(tag === undefined ? {} : { tag }),
    digest,
  }));
}

/** False when somebody else removed it meanwhile. Throws REFERENCE_MOVED. */
async function remove(home: Home, { reference, repository, tag, digest }: Removal): Promise<boolean> {
  if (tag === undefined) return home.catalog.unpin(repository, digest);
  if ((await home.catalog.removeTag(repository, tag, digest)) !== undefined) return true;
  const actual = await home.catalog.references(repository).resolve(tag);
  if (actual === undefined) return false;
  throw moved(familiarReference(reference), actual.digest);
}

async function notHere(home: Home, name: string, repository: string): Promise<LadingError> {
  const others = (await home.catalog.names()).filter((one) => one.repository === repository);
  const tags = others.flatMap(({ tag }) => tag ?? []);
  return new LadingError('REFERENCE_NOT_FOUND', `Cannot remove ${name}: it is not on this machine`, {
    hint:
      tags.length === 0
        ? '"lading ls" shows what is here.'
        : `Its repository has ${tags.slice(0, 10).join(', ')}${tags.length > 10 ? ', …' : ''}; --all-tags removes them all.`,
    details: { repository, tags },
  });
}

function moved(name: string, actual: Digest): LadingError {
  return new LadingError('REFERENCE_MOVED', `Cannot remove ${name}: it points to ${actual} now`, {
    hint: 'Look at it with "lading inspect", then give the digest it has, or none.',
    details: { actual },
  });
}

function bare({ registry, repository }: Reference): Reference {
  return { registry, repository };
}
