import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSandbox } from './testing/lading.ts';

/** Asks no archive. */
const recipe = `distro: debian
suite: bookworm
variant: distroless
packages: []
architectures: [amd64, arm64]
paths: [{ type: file, path: /etc/greeting, source: greeting }]
`;

interface Built {
  readonly digest: string;
  readonly images: readonly { readonly layers: readonly { readonly mediaType: string }[] }[];
  readonly materials: readonly { readonly kind: string; readonly name: string }[];
  readonly provenance: readonly string[];
}

test('a recipe is built like a Dockerfile: shown, recorded, explained, cached elsewhere, with provenance of what it is made of', async (t) => {
  const sandbox = await openSandbox(t);
  const { folder, out, run } = sandbox;
  await writeFile(join(folder, 'image.yaml'), recipe);
  await writeFile(join(folder, 'greeting'), 'hello\n');
  const build = ['build', '-f', 'image.yaml', '-t', 'base', '--compression', 'zstd', '--annotation', 'index:a=b', '.'];
  const cold = await run([...build, '--json', '--cache-to', 'type=local,dest=cache', '--attest-layout', 'buildkit']);
  assert.equal(cold.code, 0, cold.stderr);
  const built = JSON.parse(cold.stdout) as Built;
  assert.deepEqual(
    built.images.map(({ layers }) => layers.map(({ mediaType }) => mediaType)),
    Array.from({ length: 2 }, () => ['application/vnd.oci.image.layer.v1.tar+zstd']),
  );
  assert.equal(built.provenance.length, 2);
  const index = JSON.parse(await out('inspect', '--raw', 'base')) as { annotations: object; manifests: object[] };
  assert.deepEqual([index.annotations, index.manifests.length], [{ a: 'b' }, 4]);
  const events = cold.stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  assert.ok(events.some(({ event, title }) => event === 'step-end' && title === 'image.yaml resolve packages'));

  const [last] = JSON.parse(await out('builds', '--json')) as { file: string; state: string; tags: string[] }[];
  assert.deepEqual([last?.file, last?.state, last?.tags], [join(folder, 'image.yaml'), 'done', ['base']]);
  await writeFile(join(folder, 'greeting'), 'hello again\n');
  await out(...build);
  assert.match(await out('explain', 'last', 'linux/arm64 1/1'), /runs: the recipe changed since build/);
  await writeFile(join(folder, 'greeting'), 'hello\n');
  const elsewhere = { env: { LADING_HOME: join(folder, 'elsewhere') } };
  const warm = await run([...build, '--json', '--cache-from', 'type=local,src=cache'], elsewhere);
  assert.equal(warm.code, 0, warm.stderr);
  const { steps } = JSON.parse(warm.stdout) as { steps: { cached: boolean }[] };
  assert.ok(steps.every(({ cached }) => cached));

  await writeFile(join(folder, 'Dockerfile'), 'FROM recipe:image.yaml\n');
  const metadata = join(folder, 'metadata.json');
  const plain = await run(['build', '--platform', 'linux/amd64', '--metadata-file', metadata, '.']);
  assert.equal(plain.code, 0, plain.stderr);
  assert.match(plain.stderr, /#1 image\.yaml resolve packages/);
  const { materials } = JSON.parse(await readFile(metadata, 'utf8')) as Built;
  assert.deepEqual(
    materials.map(({ kind, name }) => [kind, name]),
    [
      ['context', 'greeting'],
      ['recipe', 'recipe:image.yaml'],
    ],
  );
});
