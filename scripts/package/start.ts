// Becomes lib/main.js of the published package: starts the CLI, in the shortest time for commands that have a pack.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';

/** A file with the modules that a command always loads. */
export interface Pack {
  /** Its name ends in a digest of its text. */
  readonly file: string;
  /** What of Node its modules load. */
  readonly builtins: readonly string[];
}

/** A module as CommonJS has it. */
type Factory = (
  exports: unknown,
  require: (name: string) => unknown,
  module: Module,
  path: string,
  folder: string,
) => void;

/** By command; put in where the package is made. */
declare const packs: Readonly<Record<string, Pack>>;

// Loaded when they are first asked for: most commands have no pack.
const { getBuiltinModule: builtin } = process;
const here = import.meta.dirname;
const load = createRequire(import.meta.filename);

/**
 * Lets modules come from a pack: one file is read in place of sixty, and with it the compiled code of all functions that an earlier run
 * called. Node keeps compiled code as well, but of a file as it was before anything in it was called; compiling the rest was a quarter of
 * the time of a build that has nothing to do.
 */
function usePack({ file, builtins }: Pack): void {
  const { setFlagsFromString } = builtin('node:v8');
  // Before the flags: Node's own code is kept for a process without any, and compiled again in others.
  for (const name of builtins) builtin(name);
  // Those of their parts that are loaded when they are first asked for.
  void [process.stdout, process.stderr];
  // Those that the launcher gives other commands. Code is kept for the flags that it was compiled under: none of ours is yet.
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  setFlagsFromString('--expose-gc');
  // What is used once, at the start, would be forgotten before it is kept.
  setFlagsFromString('--no-flush-bytecode');
  const { factories, onModule } = compiled(file);
  const evaluate = (name: string, module: Module): void => {
    const own = (wanted: string): unknown => {
      const path = join(here, wanted);
      const known = load.cache[path];
      if (known !== undefined) return known.exports;
      if (factories[wanted] === undefined) return module.require(wanted);
      const loaded = new Module(path, module);
      // What is not in the pack is looked for beside it.
      loaded.filename = path;
      load.cache[path] = loaded;
      evaluate(wanted, loaded);
      return loaded.exports;
    };
    onModule();
    factories[name]?.(module.exports, own, module, module.id, here);
    module.loaded = true;
  };
  // Modules that are not in the pack find those that are, too: each is there once.
  const read = load.extensions['.js'];
  load.extensions['.js'] = (module, path) => {
    const name = `./${path.slice(here.length + 1)}`;
    if (dirname(path) === here && factories[name] !== undefined) evaluate(name, module);
    else read?.(module, path);
  };
}

interface Compiled {
  readonly factories: Readonly<Record<string, Factory>>;
  /** To be called for each that is. */
  readonly onModule: () => void;
}

function compiled(file: string): Compiled {
  const path = join(here, file);
  const { NODE_COMPILE_CACHE: folder = '' } = process.env;
  const place = join(folder, `${file}-${process.version}-${process.arch}`);
  const kept = readKept(place);
  const script = new (builtin('node:vm').Script)(readFileSync(path, 'latin1'), {
    filename: path,
    cachedData: kept?.code,
  });
  const before = script.cachedDataRejected === false ? (kept?.modules ?? 0) : 0;
  let modules = 0;
  // A run that ended early, such as one with --help, knows the code of few functions.
  process.once('exit', (code) => {
    if (folder !== '' && code === 0 && modules > before) keep(folder, place, script.createCachedData(), modules);
  });
  const factories = script.runInThisContext() as Compiled['factories'];
  return { factories, onModule: () => modules++ };
}

/** Code, the number of modules that had been loaded, and a sum of the code: V8 looks at versions and lengths alone. */
function readKept(path: string): { readonly code: Buffer; readonly modules: number } | undefined {
  try {
    const bytes = readFileSync(path);
    const code = bytes.subarray(0, -8);
    if (builtin('node:zlib').crc32(code) !== bytes.readUInt32LE(code.length + 4)) return undefined;
    return { code, modules: bytes.readUInt32LE(code.length) };
  } catch {
    return undefined;
  }
}

function keep(folder: string, path: string, code: Buffer, modules: number): void {
  const draft = `${path}.${process.pid}.tmp`;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(modules);
  trailer.writeUInt32LE(builtin('node:zlib').crc32(code), 4);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, Buffer.concat([code, trailer]), { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // Without it the next start takes longer.
    rmSync(draft, { force: true });
  }
}

const pack = packs[process.argv[2] ?? ''];
if (pack !== undefined) usePack(pack);
load('./cli.js');
