import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Metafile, transform } from 'esbuild';
import type { Pack } from './start.ts';

/** A file of the package: its name in lib/, and its text. */
export interface LibraryFile {
  readonly name: string;
  readonly text: string;
}

/** What works on images that are here has to load. */
const home: readonly string[] = [
  'packages/cli/src/main.ts',
  'packages/cli/src/run-command.ts',
  'packages/cli/src/home.ts',
  'packages/cli/src/lazy-content.ts',
  'packages/cli/src/origins.ts',
  'packages/store/src/index.ts',
  'packages/catalog/src/index.ts',
  'packages/image/src/index.ts',
];

interface Packed {
  readonly commands: readonly string[];
  /** The modules that these load besides their own, whatever they have to do, each with all that it imports. */
  readonly entries: readonly string[];
}

const packed: Readonly<Record<string, Packed>> = {
  build: {
    commands: ['build'],
    entries: [
      ...home,
      'packages/cli/src/housekeeping/make-room.ts',
      'packages/builder/src/build.ts',
      'packages/builder/src/history/index.ts',
      'packages/builder/src/provenance/index.ts',
    ],
  },
  transfer: {
    commands: ['pull', 'push', 'copy', 'save', 'load', 'ls', 'inspect', 'tag'],
    entries: [
      ...home,
      'packages/cli/src/housekeeping/make-room.ts',
      'packages/cli/src/open-registry.ts',
      'packages/registry-client/src/index.ts',
    ],
  },
  sbom: {
    commands: ['sbom'],
    entries: [...home, 'packages/contents/src/index.ts', 'packages/cli/src/sbom/sbom-format.ts'],
  },
  scan: {
    commands: ['scan'],
    entries: [...home, 'packages/contents/src/index.ts', 'packages/cli/src/scan/scan.ts'],
  },
};

export const packedCommands: readonly string[] = Object.values(packed).flatMap(({ commands }) => commands);

/** A module of the bundle as CommonJS, which Node loads at once and whose compiled code can be kept by whoever loads it. */
export async function commonJs(text: string): Promise<string> {
  // Some of what is bundled asks for its URL, to load what is built into Node.
  const url = text.includes('import.meta.url')
    ? 'const __url = require("node:url").pathToFileURL(__filename).href;\n'
    : '';
  const { code } = await transform(`${url}${text}`, {
    format: 'cjs',
    target: 'node24',
    platform: 'node',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // Else `import()` stays, for which code from a pack would need a loader.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename', 'import.meta.url': '__url' },
  });
  return code;
}

/** A program without `await` at its top, which CommonJS has not: nothing is exported by it, so it may as well be in a function. */
export function inFunction(text: string): string {
  const [imports = ''] = /^(?:import\b[^;]*;\n)*/.exec(text) ?? [];
  return `${imports}void (async () => {\n${text.slice(imports.length)}\n})();\n`;
}

/** The packs, and what starts with them: lib/main.js. */
export async function makePacks(metafile: Metafile, files: readonly LibraryFile[]): Promise<readonly LibraryFile[]> {
  const texts = new Map(files.map(({ name, text }) => [name, text]));
  const packs: Record<string, Pack> = {};
  const made: LibraryFile[] = [];
  for (const [name, { commands, entries }] of Object.entries(packed)) {
    const own = commands.map((command) => `packages/cli/src/commands/${command}.ts`);
    const names = [...importedBy(metafile, [...entries, ...own])].sort();
    const modules = names.map(
      (path) =>
        `${JSON.stringify(`./${path}`)}:function(exports,require,module,__filename,__dirname){${texts.get(path)}\n}`,
    );
    const text = `({${modules.join(',\n')}})`;
    const file = `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.pack`;
    const pack = { file, builtins: builtinsOf(text) };
    for (const command of commands) packs[command] = pack;
    made.push({ name: file, text });
  }
  const start = await readFile(join(import.meta.dirname, 'start.ts'), 'utf8');
  const { code } = await transform(start, { loader: 'ts', target: 'node24' });
  made.push({ name: 'main.js', text: await commonJs(`const packs = ${JSON.stringify(packs)};\n${code}`) });
  return made;
}

/** The files that hold the entries, and all that these import at once. */
function importedBy({ outputs }: Metafile, entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const paths = entries.map((entry) => {
    const path = Object.keys(outputs).find((one) => outputs[one]?.entryPoint === entry);
    if (path === undefined)
      throw new Error(`Cannot make a pack: ${entry} is no module that is imported when it is needed`);
    return path;
  });
  for (const path of paths) {
    if (found.has(basename(path))) continue;
    found.add(basename(path));
    for (const imported of outputs[path]?.imports ?? [])
      if (imported.kind === 'import-statement' && imported.external !== true) paths.push(imported.path);
  }
  return found;
}

/** What of Node is loaded with modules, not later. */
function builtinsOf(text: string): readonly string[] {
  const found = text.matchAll(/=(?:globalThis\.process\.getBuiltinModule|require)\("(node:[\w/]+)"\)(?!\.)/g);
  return [...new Set([...found].map(([, name = '']) => name))].sort();
}
