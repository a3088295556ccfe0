import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { readJson, readText } from '../record-file.ts';
import { packagesOf } from './deps-json.ts';
import { isNuspec, parseNuspec } from './nuspec.ts';

const MAX_DEPS = 16 << 20;
const MAX_NUSPEC = 1 << 20;

/**
 * Packages of NuGet: what an application or shared framework runs with, by its `*.deps.json`, and what a folder of packages holds
 * (`~/.nuget/packages`, the store of a tool), by `ID/VERSION/ID.nuspec`.
 *
 * Not found: applications published as a single file, whose `deps.json` is in the program, and assemblies without either record.
 */
export const dotnetCataloger: Cataloger = {
  name: 'dotnet',
  wants: ({ type, path }) =>
    type === 'file' && (path.endsWith('.deps.json') || (path.endsWith('.nuspec') && isNuspec(path))),
  read: (file) => (file.path.endsWith('.nuspec') ? readNuspec(file) : readDeps(file)),
};

async function* readDeps(file: CatalogedFile): AsyncIterable<Fact> {
  for (const found of packagesOf(await readJson(file, MAX_DEPS))) yield { kind: 'package', package: found };
}

async function* readNuspec(file: CatalogedFile): AsyncIterable<Fact> {
  yield { kind: 'package', package: parseNuspec(file.path, await readText(file, MAX_NUSPEC)) };
}
