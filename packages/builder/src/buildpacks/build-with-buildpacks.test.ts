import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import { readBuildMetadata, readLifecycleMetadata } from './metadata.ts';
import { buildpacksBench } from './testing/buildpacks-bench.ts';

/** Provides a tool as a layer for builds and launches, found again the next time. */
const tool = {
  detect:
    'cat > "$CNB_BUILD_PLAN_PATH" <<EOT\n[[provides]]\nname = "tool"\n[[or]]\n[[or.provides]]\nname = "other"\nEOT',
  build: `
layer=$CNB_LAYERS_DIR/tool
if [ -x "$layer/bin/tool" ]; then echo "found $(cat "$CNB_LAYERS_DIR/tool.toml")"; else
  echo "making $BP_TOOL for $CNB_TARGET_OS $CNB_TARGET_DISTRO_NAME"
  mkdir -p "$layer/bin" "$layer/env" "$layer/env.launch" "$layer/exec.d/web"
  printf '#!/bin/sh\\necho tool of %s\\n' "$BP_TOOL" > "$layer/bin/tool"
  chmod 755 "$layer/bin/tool"
  printf two > "$layer/env/LIST.append"; printf ';' > "$layer/env/LIST.delim"
  printf one > "$layer/env.launch/LIST.default"
  printf '#!/bin/sh\\necho "FROM_EXEC_D = \\\\"a \\\\\\\\\\\\"b\\\\\\\\\\\\"\\\\"" >&3\\n' > "$layer/exec.d/web/set"
  chmod 755 "$layer/exec.d/web/set"
fi
grep -q 'name = "tool"' "$CNB_BP_PLAN_PATH"
grep -q 'version = "3"' "$CNB_BP_PLAN_PATH"
printf '[types]\\nbuild = true\\ncache = true\\nlaunch = true\\n[metadata]\\nversion = "%s"\\n' "$BP_TOOL" > "$CNB_LAYERS_DIR/tool.toml"
printf '{"bom":"tool"}' > "$CNB_LAYERS_DIR/tool.sbom.cdx.json"
printf '{"bom":"build"}' > "$CNB_LAYERS_DIR/build.sbom.spdx.json"
printf '[metadata]\\nbuilds = 1\\n' > "$CNB_LAYERS_DIR/store.toml"
mkdir -p "$CNB_LAYERS_DIR/temporary"
echo > "$CNB_LAYERS_DIR/temporary.toml"`,
};

/** Needs the tool; makes the application. */
const app = {
  detect:
    '[ -f app.txt ] || exit 100\nprintf \'[[requires]]\\nname = "tool"\\n[requires.metadata]\\nversion = "3"\\n\' > "$CNB_BUILD_PLAN_PATH"',
  build: `
[ -z "$HIDDEN" ] && [ ! -e "$CNB_LAYERS_DIR/../samples_tool/temporary" ]
tool; echo "list $LIST"
tool > made.txt
mkdir static; echo page > static/index.html
cat > "$CNB_LAYERS_DIR/launch.toml" <<'EOT'
[[labels]]
key = "org.example.made"
value = "yes"
[[processes]]
type = "web"
command = ["sh", "-c", 'echo "$0; $(tool); $LIST; $FROM_EXEC_D; $SHOWN; $PWD; \${CNB_APP_DIR-gone}"; cat app.txt']
args = ["default"]
default = true
[[processes]]
type = "worker"
command = ["pwd"]
working-dir = "/tmp"
[[slices]]
paths = ["static"]
EOT`,
};

test('detect, build, export: layers, labels and processes are as the specification has them, and the process runs', async (t) => {
  const bench = await buildpacksBench(t);
  if (bench === undefined) return;
  const context = await bench.context({ 'app.txt': 'the app\n', 'secret.txt': 'no' });
  const other = await bench.buildpack('samples/other', { detect: 'exit 100' });
  const buildpacks = [other, await bench.buildpack('samples/tool', tool), await bench.buildpack('samples/app', app)];
  const element = (id: string) => ({ id: `samples/${id}`, version: '1.0.0', optional: false, execEnv: [] });
  const order = [[element('other')], [element('tool'), element('app')]];
  const sbomFolder = await temporaryFolder(t);
  const request = { buildpacks, order, env: { BP_TOOL: '3' }, exclude: ['secret.txt'], cacheName: 'app', sbomFolder };
  const cold = await bench.pack(context, request);

  assert.deepEqual(
    cold.buildpacks,
    [element('tool'), element('app')].map(({ id, version }) => ({ id, version })),
  );
  assert.deepEqual([cold.processes, cold.defaultProcess, cold.launcher], [['web', 'worker'], 'web', 'lading']);
  const image = await bench.image(cold);
  const { Labels = {}, Env = [], Entrypoint, WorkingDir, User } = image.config.config ?? {};
  assert.deepEqual(
    [Entrypoint, WorkingDir, User],
    [['/cnb/process/web'], '/workspace', bench.images.get('run')?.config.config?.User],
  );
  assert.ok(
    Env.includes('PATH=/cnb/process:/cnb/lifecycle:/usr/sbin:/usr/bin:/sbin:/bin') &&
      Env.includes('CNB_PLATFORM_API=0.15'),
  );
  assert.deepEqual(
    [Labels['io.buildpacks.rebasable'], Labels['io.buildpacks.base.maintainer'], Labels['org.example.made']],
    ['true', 'example.org', 'yes'],
  );
  const run = bench.images.get('run');
  const metadata = readLifecycleMetadata(Labels);
  const above = image.layers.slice(run?.layers.length).map(({ diffId }) => diffId);
  assert.deepEqual(above, [
    metadata?.buildpacks[0]?.layers.tool?.sha,
    metadata?.sbom?.sha,
    ...(metadata?.app.map(({ sha }) => sha) ?? []),
    metadata?.launcher.sha,
    metadata?.config.sha,
    metadata?.['process-types']?.sha,
  ]);
  assert.equal(metadata?.runImage.topLayer, run?.layers.at(-1)?.diffId);
  assert.equal(metadata?.runImage.reference, `docker.io/library/run@${run?.descriptor.digest}`);
  assert.deepEqual(metadata?.buildpacks[0]?.store, { metadata: { builds: 1 } });
  assert.deepEqual(
    readBuildMetadata(Labels)?.processes.map(({ type, direct, buildpackID }) => [type, direct, buildpackID]),
    [
      ['web', true, 'samples/app'],
      ['worker', true, 'samples/app'],
    ],
  );

  const layers = (await bench.layers(cold)).slice(run?.layers.length);
  assert.ok(layers[0]?.every((path) => /^layers(\/samples_tool(\/tool(\/.*)?)?)?$/.test(path)));
  assert.deepEqual(layers.slice(1, 4), [
    [
      'layers',
      'layers/sbom',
      'layers/sbom/launch',
      'layers/sbom/launch/samples_tool',
      'layers/sbom/launch/samples_tool/tool',
      'layers/sbom/launch/samples_tool/tool/sbom.cdx.json',
    ],
    ['workspace', 'workspace/static', 'workspace/static/index.html'],
    ['workspace', 'workspace/app.txt', 'workspace/made.txt'],
  ]);
  assert.deepEqual((await readdir(sbomFolder, { recursive: true })).filter((name) => name.endsWith('.json')).sort(), [
    'build/samples_tool/sbom.spdx.json',
    'launch/samples_tool/tool/sbom.cdx.json',
  ]);
  assert.equal(await readFile(join(sbomFolder, 'build/samples_tool/sbom.spdx.json'), 'utf8'), '{"bom":"build"}');

  const web = await bench.run(image);
  assert.deepEqual(web, {
    code: 0,
    output: 'default; tool of 3; two; a "b"; yes; /workspace; gone\nthe app\n'.replace('one;two', 'two'),
  });
  assert.equal((await bench.run(image, { args: ['given', 'twice'] })).output.split(';')[0], 'given');
  assert.equal((await bench.run(image, { entrypoint: '/cnb/process/worker' })).output, '/tmp\n');
  const launcher = '/cnb/lifecycle/launcher';
  assert.equal((await bench.run(image, { entrypoint: launcher, args: ['--', 'tool'] })).output, 'tool of 3\n');
  assert.equal(
    (await bench.run(image, { entrypoint: launcher, args: ['tool && echo $LIST'] })).output,
    'tool of 3\ntwo\n',
  );
  assert.equal((await bench.run(image, { entrypoint: launcher })).code, 82);

  const printed = () =>
    bench.events
      .flatMap((event) => (event.kind === 'step-output' ? [Buffer.from(event.chunk).toString()] : []))
      .join('');
  assert.match(printed(), /making 3 for linux alpine\ntool of 3\nlist two\n/);

  // Nothing is there to restore, so nothing is different: no buildpack runs again, and the bytes are the same.
  const warm = await bench.pack(context, { ...request, cacheName: undefined });
  assert.equal(warm.manifest.digest, cold.manifest.digest);
  assert.ok(
    (warm.images[0]?.steps ?? []).filter(({ title }) => title.startsWith('build ')).every(({ cached }) => cached),
  );

  bench.events.length = 0;
  const second = await bench.pack(context, { ...request, previous: image });
  assert.match(printed(), /found \[metadata\]\nversion = "3"\n/);
  assert.equal(second.manifest.digest, cold.manifest.digest);
  assert.equal(second.reusedLayers, above.length);
  assert.deepEqual(await readdir(join(bench.snapshots.folder, 'scratch')), []);
});
