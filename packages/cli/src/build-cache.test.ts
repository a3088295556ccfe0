import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSandbox, type Sandbox, startServe } from './testing/lading.ts';

interface Built {
  readonly digest: string;
  readonly images: readonly { readonly layers: readonly { readonly digest: string }[] }[];
  readonly steps: readonly { readonly cached: boolean; readonly explanation: { readonly cache?: string } }[];
}

async function context(sandbox: Sandbox, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(sandbox.folder, 'context');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** Another machine: a home of its own. */
function machine(sandbox: Sandbox, name: string) {
  const home = join(sandbox.folder, name);
  const run = async (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    sandbox.run(args, { env: { LADING_HOME: home } });
  const out = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    return stdout.trimEnd();
  };
  return {
    home,
    run,
    out,
    json: async (...args: string[]): Promise<unknown> => JSON.parse(await out(...args, '--json')),
    blobs: (): Promise<string[]> => readdir(join(home, 'content/blobs/sha256')),
  };
}

function layersOf({ images }: Built): string[] {
  return images.flatMap(({ layers }) => layers.map(({ digest }) => digest.replace('sha256:', '')));
}

const dockerfile = `FROM scratch AS tools
COPY tool /bin/tool
FROM scratch
COPY --from=tools /bin/tool /usr/bin/
COPY app /srv/
CMD ["/srv/app"]
`;

test('a cache in a registry serves another machine, and its layers come when they are read', async (t) => {
  const sandbox = await openSandbox(t);
  const server = await startServe(t, sandbox);
  const folder = await context(sandbox, { Dockerfile: dockerfile, tool: 'tool', app: 'app' });
  const [one, two, three] = [machine(sandbox, 'one'), machine(sandbox, 'two'), machine(sandbox, 'three')];
  const [max, min] = [`${server.host}/app:cache`, `type=registry,ref=${server.host}/app:min`];
  const first = (await one.json(
    ...['build', folder, '-t', 'app', '--cache-to', min, '--cache-to', `type=registry,ref=${max},mode=max`],
  )) as Built;

  const second = (await two.json('build', folder, '-t', 'app', '--cache-from', max)) as Built;
  assert.equal(second.digest, first.digest);
  assert.deepEqual(
    second.steps.map(({ cached, explanation }) => [cached, explanation.cache]),
    second.steps.map(() => [true, max]),
  );
  const here = await two.blobs();
  assert.equal(
    layersOf(second).some((layer) => here.includes(layer)),
    false,
  );

  // What another target exports stays beside it.
  await one.json('build', folder, '--target', 'tools', '--cache-to', `type=registry,ref=${max},mode=max`);
  const fromMin = (await three.json('build', folder, '--cache-from', `${server.host}/app:min`)) as Built;
  assert.deepEqual(
    fromMin.steps.map(({ cached }) => cached),
    [false, true, true],
  );
  assert.equal(fromMin.digest, first.digest);

  await two.out('save', 'app', '-o', join(sandbox.folder, 'app.tar'));
  await one.out('save', 'app', '-o', join(sandbox.folder, 'same.tar'));
  assert.ok((await readFile(join(sandbox.folder, 'app.tar'))).equals(await readFile(join(sandbox.folder, 'same.tar'))));

  await server.stop();
  const offline = (await two.json('build', folder, '-t', 'app', '--cache-from', max)) as Built;
  assert.ok(offline.steps.every(({ cached }) => cached));
});

test('a cache that cannot be used is told of, and the build goes on', async (t) => {
  const sandbox = await openSandbox(t);
  const folder = await context(sandbox, { Dockerfile: dockerfile, tool: 'tool', app: 'app' });
  const local = join(sandbox.folder, 'cache');
  const one = machine(sandbox, 'one');
  const missing = await one.run('build', folder, '--cache-from', `type=local,src=${local}`);
  assert.equal(missing.code, 0);
  assert.match(missing.stderr, /warning: The cache .* is not used/);
  await one.out('build', folder, '--cache-to', `type=local,dest=${local},mode=max`);
  const two = machine(sandbox, 'two');
  const built = (await two.json('build', folder, '--cache-from', `type=local,src=${local}`)) as Built;
  assert.ok(built.steps.every(({ cached }) => cached));

  for (const spec of ['type=gha', 'type=registry', 'type=local,dest=x,mode=all', 'type=registry,ref=x,to=y'])
    assert.equal((await two.run('build', folder, '--cache-to', spec)).code, 2, spec);
});

test('an image with its cache inline serves builds, and is the same whenever it is built', async (t) => {
  const sandbox = await openSandbox(t);
  const server = await startServe(t, sandbox);
  const folder = await context(sandbox, { Dockerfile: dockerfile, tool: 'tool', app: 'app' });
  const [one, two] = [machine(sandbox, 'one'), machine(sandbox, 'two')];
  const name = `${server.host}/app`;
  const cold = (await one.json('build', folder, '-t', name, '--cache-to', 'type=inline', '--push')) as Built;
  const warm = (await one.json('build', folder, '-t', name, '--cache-to', 'type=inline')) as Built;
  assert.equal(warm.digest, cold.digest);
  const other = (await two.json('build', folder, '--cache-from', name, '--cache-to', 'type=inline')) as Built;
  assert.deepEqual(
    other.steps.map(({ cached }) => cached),
    [false, true, true],
  );
  assert.equal(other.digest, cold.digest);
});

test('a base is looked up without its layers; they are mounted where they are, and fetched when something reads them', async (t) => {
  const sandbox = await openSandbox(t);
  const server = await startServe(t, sandbox);
  const [one, two] = [machine(sandbox, 'one'), machine(sandbox, 'two')];
  const base = `${server.host}/base`;
  const folder = await context(sandbox, { Dockerfile: 'FROM scratch\nCOPY tool /bin/\n', tool: 'tool' });
  await one.out('build', folder, '-t', base, '--push');

  await writeFile(join(folder, 'Dockerfile'), `FROM ${base}\nLABEL a=b\n`);
  const built = (await two.json('build', folder, '-t', `${server.host}/app`, '--push')) as Built;
  const [layer = ''] = layersOf(built);
  assert.ok(!(await two.blobs()).includes(layer), 'pushed without its bytes ever coming here');
  assert.ok((await one.out('pull', `${server.host}/app`)).length > 0);

  await writeFile(join(folder, 'Dockerfile'), `FROM ${base}\nLABEL a=b\nCOPY tool /srv/\n`);
  await two.json('build', folder, '-t', 'with-copy');
  assert.ok((await two.blobs()).includes(layer), 'COPY needs to know what is below');

  await server.stop();
  const again = (await two.json('build', folder, '-t', 'with-copy')) as Built;
  assert.ok(again.steps.every(({ cached }) => cached));
});
