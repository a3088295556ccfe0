// Makes the package that is published: every module in a few files, so that a command reads what it needs at once. In development
// nothing of this is used. `node scripts/build.ts [FOLDER]`, dist/ unless told; `buildPackage()` does the same for programs.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { commonJs, inFunction, makePacks, packedCommands } from './package/packs.ts';

const root = join(import.meta.dirname, '..');

/** Modules that are started by their file's name rather than imported; each stays a file of its own beside the others. */
export const programs: Readonly<Record<string, string>> = {
  cli: 'packages/cli/src/main.ts',
  worker: 'packages/bytes/src/internal/worker.ts',
  'password-worker': 'packages/registry-server/src/access/passwords/password-worker.ts',
  'registry-job-worker': 'packages/cli/src/registry-job-worker.ts',
  'registry-scan-worker': 'packages/cli/src/registry-scan-worker.ts',
  'hash-worker': 'packages/store/src/internal/hash-worker.ts',
  'advisory-worker': 'packages/contents/src/advisories/build/advisory-worker.ts',
  'checkpoint-worker': 'packages/catalog/src/database/checkpoint-worker.ts',
  agent: 'packages/runtime/src/internal/agent.ts',
};

/** Resolves to the path of the program `lading` in the folder, which is emptied first. */
export async function buildPackage(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: programs,
    outdir: join(folder, 'lib'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    plugins: [nodeModules],
    // What is imported when it is needed must have its names: a CommonJS module in a bundle has a default alone.
    mainFields: ['module', 'main'],
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    minifySyntax: true,
    legalComments: 'linked',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const files = await Promise.all(
    outputFiles.map(async ({ path, text }) => ({
      name: basename(path),
      text: path.endsWith('.js') ? await commonJs(basename(path, '.js') in programs ? inFunction(text) : text) : text,
    })),
  );
  await mkdir(join(folder, 'lib'), { recursive: true });
  for (const { name, text } of [...files, ...(await makePacks(metafile, files))])
    await writeFile(join(folder, 'lib', name), text);
  const { name, version, description, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly [member: string]: string; // our own file
  };
  const published = {
    name,
    version,
    description,
    license,
    type: 'commonjs',
    engines: { node: '>=24.15' },
    bin: { lading: 'bin/lading' },
    files: ['bin', 'lib'],
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
  const program = join(folder, 'bin/lading');
  await mkdir(join(folder, 'bin'));
  await writeFile(program, await launcher());
  await chmod(program, 0o755);
  return program;
}

/**
 * What is built into Node, without `import`: that asks a module for every name it has, and so loads the streams of node:fs, the fetch of
 * node:http and whatever else is loaded when it is first asked for. Starting a command takes 10 to 40 ms less. Our own files, and what each
 * command loads.
 */
const nodeModules: Plugin = {
  name: 'node-modules',
  setup({ onLoad }) {
    onLoad({ filter: /\/(packages\/[\w-]+\/src\/.*\.ts|node_modules\/commander\/.*\.js)$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(
        /^import (?!type )([^;'"]+?) from (['"]node:[\w/]+['"]);$/gm,
        (_, names: string, module: string) => {
          if (module.includes('child_process')) return startedLater(names);
          const values = names.replace(/\btype \w+( as \w+)?,?/g, '').replace(/^\* as /, '');
          return `const ${values.replaceAll(' as ', ': ')} = globalThis.process.getBuiltinModule(${module});`;
        },
      );
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
    });
  },
};

/** Functions that load node:child_process, and all of node:net with it, when the first process is started: few commands start one. */
function startedLater(names: string): string {
  const later = (name: string): string =>
    `(...args) => globalThis.process.getBuiltinModule('node:child_process').${name}(...args)`;
  const functions = [...names.replace(/\btype \w+/g, '').matchAll(/\w+/g)].map(([name]) => name);
  if (names.startsWith('{')) return functions.map((name) => `const ${name} = ${later(name)};`).join(' ');
  return `const ${names} = { spawn: ${later('spawn')} };`;
}

/** The launcher of the checkout without what only a checkout needs: its own Node, and packages that may have to be installed. */
async function launcher(): Promise<string> {
  const text = await readFile(join(root, 'packages/cli/bin/lading'), 'utf8');
  const [head = '', rest = ''] = text.split(/^# begin checkout$/m);
  const [, tail = ''] = rest.split(/^# end checkout$/m);
  return (
    `${head.replace('../../..', '..')}${tail.trimStart()}`
      .replaceAll('packages/cli/src/main.ts', 'lib/main.js')
      // Commands with a pack set them when Node has loaded what it has compiled without any; none of them was slower or larger for the rest.
      .replace(/^esac$/m, `esac\ncase \${1:-} in ${packedCommands.join(' | ')}) flags= ;; esac`)
      .replace('$root/.cache/compile', `$${'{XDG_CACHE_HOME:-$HOME/.cache}'}/lading/compile`)
  );
}

if (import.meta.main) {
  const program = await buildPackage(resolve(process.argv[2] ?? join(root, 'dist')));
  console.log(program);
}
