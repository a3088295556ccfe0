import type { CommandEntry } from './command.ts';

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

export const commandGroups: readonly CommandGroup[] = [
  {
    title: 'Build and run',
    commands: [
      {
        name: 'build',
        summary: 'build an image from a Dockerfile, a recipe or with buildpacks',
        needsRoom: true,
        load: () => import('./commands/build.ts'),
      },
      {
        name: 'lock',
        summary: 'pin what a Dockerfile takes in: base images, git repositories, addresses',
        load: () => import('./commands/lock.ts'),
      },
      {
        name: 'rebuild',
        summary: 'build an image again from its provenance, and compare',
        needsRoom: true,
        load: () => import('./commands/rebuild.ts'),
      },
      {
        name: 'rebase',
        summary: 'put an image on a newer base without building it',
        load: () => import('./commands/rebase.ts'),
      },
      { name: 'lint', summary: 'check a Dockerfile', load: () => import('./commands/lint.ts') },
      {
        name: 'buildpacks',
        summary: 'inspect and rebase what buildpacks built',
        load: () => import('./commands/buildpacks.ts'),
        verbs: () => import('./buildpacks/verbs.ts'),
      },
      {
        name: 'builds',
        summary: 'list what was built here, and show how it went',
        load: () => import('./commands/builds.ts'),
        verbs: async () => ({
          verbs: [{ name: 'builds show', summary: 'show a build', load: () => import('./commands/builds-show.ts') }],
        }),
      },
      {
        name: 'explain',
        summary: 'tell why the steps of a build ran, or did not',
        load: () => import('./commands/explain.ts'),
      },
      { name: 'run', summary: 'run a command in a container of an image', load: () => import('./commands/run.ts') },
    ],
  },
  {
    title: 'Move',
    commands: [
      {
        name: 'pull',
        summary: 'fetch an image from a registry',
        needsRoom: true,
        load: () => import('./commands/pull.ts'),
      },
      { name: 'push', summary: 'send an image to a registry', load: () => import('./commands/push.ts') },
      {
        name: 'copy',
        summary: 'copy between registries, layouts, archives and the local store',
        load: () => import('./commands/copy.ts'),
      },
      { name: 'save', summary: 'write images to an archive', load: () => import('./commands/save.ts') },
      {
        name: 'load',
        summary: 'read images from an archive',
        needsRoom: true,
        load: () => import('./commands/load.ts'),
      },
      {
        name: 'export',
        summary: 'write images with their signatures and SBOMs to one file',
        load: () => import('./commands/export.ts'),
      },
      {
        name: 'import',
        summary: 'verify such a file as a whole and take in what it holds',
        needsRoom: true,
        load: () => import('./commands/import.ts'),
      },
      { name: 'tag', summary: 'give an image another name', load: () => import('./commands/tag.ts') },
    ],
  },
  {
    title: 'Look',
    commands: [
      { name: 'ls', summary: 'list local images, or the tags of a repository', load: () => import('./commands/ls.ts') },
      { name: 'inspect', summary: 'show what an image is made of', load: () => import('./commands/inspect.ts') },
      {
        name: 'history',
        summary: 'show which instruction made which layer',
        load: () => import('./commands/history.ts'),
      },
      {
        name: 'analyze',
        summary: 'show what the layers of an image hold, and what in vain',
        load: () => import('./commands/analyze.ts'),
      },
      {
        name: 'explore',
        summary: 'walk through the layers and files of an image',
        load: () => import('./commands/explore.ts'),
      },
      { name: 'diff', summary: 'show what two images have differently', load: () => import('./commands/diff.ts') },
    ],
  },
  {
    title: 'Know',
    commands: [
      {
        name: 'sbom',
        summary: 'list what is in an image, and which layer and instruction brought it',
        load: () => import('./commands/sbom.ts'),
        verbs: () => import('./sbom/verbs.ts'),
      },
      {
        name: 'scan',
        summary: 'find vulnerabilities, secrets and unwise configuration, and say what to do',
        load: () => import('./commands/scan.ts'),
      },
      {
        name: 'advisories',
        summary: 'make, fetch and read the database of known vulnerabilities',
        needsRoom: true,
        load: () => import('./commands/advisories.ts'),
        verbs: () => import('./advisories/verbs.ts'),
      },
    ],
  },
  {
    title: 'Tidy',
    commands: [
      { name: 'df', summary: 'show what takes room, and why', load: () => import('./commands/df.ts') },
      { name: 'rm', summary: 'remove names of local images', load: () => import('./commands/rm.ts') },
      { name: 'undo', summary: 'bring back what a name pointed to before', load: () => import('./commands/undo.ts') },
      { name: 'gc', summary: 'remove what nothing needs any more', load: () => import('./commands/gc.ts') },
      { name: 'scrub', summary: 'read everything and find what is damaged', load: () => import('./commands/scrub.ts') },
    ],
  },
  {
    title: 'Serve',
    commands: [
      { name: 'serve', summary: 'run a registry', load: () => import('./commands/serve.ts') },
      {
        name: 'registry',
        summary: 'manage a registry',
        load: () => import('./commands/registry.ts'),
        verbs: () => import('./registry/verbs.ts'),
      },
      { name: 'login', summary: 'store credentials for a registry', load: () => import('./commands/login.ts') },
      { name: 'logout', summary: 'forget credentials for a registry', load: () => import('./commands/logout.ts') },
    ],
  },
];

/** The entry that a command of several words means, and the arguments after them; the entry itself where there is no such verb. */
export async function chooseVerb(
  entry: CommandEntry,
  argv: readonly string[],
): Promise<{ entry: CommandEntry; argv: readonly string[] }> {
  const { verbs = [] } = (await entry.verbs?.()) ?? {};
  const verb = verbs.find(({ name }) => name === `${entry.name} ${argv[0]}`);
  return verb === undefined ? { entry, argv } : { entry: verb, argv: argv.slice(1) };
}

export function findCommand(name: string): CommandEntry | undefined {
  for (const group of commandGroups) {
    const entry = group.commands.find((command) => command.name === name);
    if (entry !== undefined) return entry;
  }
  return undefined;
}
