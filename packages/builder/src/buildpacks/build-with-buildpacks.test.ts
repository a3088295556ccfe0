import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { saveOciArchive } from '@lading/image';
import { isLongRun, temporaryFolder } from '@lading/testkit';
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

  const script = `/cnb/process/web; /cnb/process/web given; /cnb/process/worker
/cnb/lifecycle/launcher -- tool; /cnb/lifecycle/launcher 'tool && echo $LIST'; /cnb/lifecycle/launcher 2>&1 || echo $?`;
  const started = await bench.run(image, { entrypoint: '/bin/sh', args: ['-c', script] });
  assert.deepEqual(started.output.split('\n'), [
    'default; tool of 3; two; a "b"; yes; /workspace; gone',
    'the app',
    'given; tool of 3; two; a "b"; yes; /workspace; gone',
    'the app',
    ...['/tmp', 'tool of 3', 'tool of 3', 'two'],
    ...['launcher: there is no default process: give a command', '82', ''],
  ]);

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

test('a launch layer without a folder is taken from the previous image; without one it cannot be', async (t) => {
  if (!isLongRun(t)) return;
  const bench = await buildpacksBench(t);
  if (bench === undefined) return;
  const lazy = {
    build: `cd "$CNB_LAYERS_DIR"
if [ -e data.toml ]; then cp data.toml /tmp/seen; cat data.sbom.cdx.json; else [ -n "$BP_LAZY" ] || mkdir data; fi
[ ! -d data ] || echo content > data/file
echo '{}' > data.sbom.cdx.json
printf '[types]\\nlaunch = true\\n[metadata]\\nkey = "value"\\n' > data.toml`,
  };
  const context = await bench.context({ 'app.txt': 'one' });
  const buildpacks = [await bench.buildpack('samples/lazy', lazy)];
  const first = await bench.pack(context, { buildpacks });
  const image = await bench.image(first);
  const other = await bench.context({ 'app.txt': 'two' });
  const second = await bench.image(await bench.pack(other, { buildpacks, previous: image }));
  const layerOf = ({ config }: typeof image) =>
    readLifecycleMetadata(config.config?.Labels)?.buildpacks[0]?.layers.data;
  assert.deepEqual(layerOf(second), layerOf(image));
  assert.equal(layerOf(second)?.data?.key, 'value');
  assert.ok(second.layers.some(({ diffId }) => diffId === layerOf(image)?.sha));
  assert.notEqual(second.descriptor.digest, image.descriptor.digest);

  await assert.rejects(bench.pack(other, { buildpacks, env: { BP_LAZY: '1' } }), (error) => {
    assert.ok(isLadingError(error, 'BUILDPACK_INVALID'));
    assert.match(error.message, /Cannot export layer data of samples\/lazy: the previous image has no such layer/);
    return true;
  });
});

test('failures say which buildpack failed, why, and what it printed', async (t) => {
  const bench = await buildpacksBench(t);
  if (bench === undefined) return;
  const context = await bench.context({ 'app.txt': '' });
  const no = await bench.buildpack('samples/no', { detect: 'echo "no package.json"; exit 100' });
  const broken = await bench.buildpack('samples/broken', { detect: 'echo oops >&2; exit 3' });
  const needy = await bench.buildpack('samples/needy', { detect: 'printf \'[[requires]]\\nname = "x"\\n\' > "$2"' });
  const foreign = await bench.buildpack('samples/foreign', { toml: '[[targets]]\nos = "linux"\narch = "riscv64"\n' });
  const ids = ['no', 'broken', 'needy', 'foreign'];
  const order = ids.map((id) => [{ id: `samples/${id}`, version: '', optional: false, execEnv: [] }]);
  await assert.rejects(bench.pack(context, { buildpacks: [no, broken, needy, foreign], order }), (error) => {
    assert.ok(isLadingError(error, 'BUILDPACKS_UNDETECTED'));
    assert.match(
      error.message,
      /group 1: samples\/no@1\.0\.0 does not take it; group 2: samples\/broken@1\.0\.0 failed with exit code 3/,
    );
    assert.match(error.message, /group 3: samples\/needy requires x, which nothing before it provides/);
    assert.match(error.message, /group 4: samples\/foreign@1\.0\.0: it is not for linux\/amd64 alpine/);
    const groups = error.details.groups as { buildpacks: { output: string }[] }[];
    assert.deepEqual(
      groups.slice(0, 2).map(({ buildpacks }) => buildpacks[0]?.output),
      ['no package.json\n', 'oops\n'],
    );
    return true;
  });
  const failing = await bench.buildpack('samples/failing', { build: 'echo compiling; exit 7' });
  await assert.rejects(bench.pack(context, { buildpacks: [failing] }), (error) => {
    assert.ok(isLadingError(error, 'BUILD_STEP_FAILED'));
    assert.match(error.message, /samples\/failing 1\.0\.0 could not build: bin\/build ended with exit code 7/);
    assert.deepEqual([error.details.output, error.details.exitCode], ['compiling\n', 7]);
    return true;
  });
  const careless = await bench.buildpack('samples/careless', { build: 'echo "types = 1" > "$CNB_LAYERS_DIR/x.toml"' });
  await assert.rejects(
    bench.pack(context, { buildpacks: [careless] }),
    (error) =>
      isLadingError(error, 'BUILDPACK_INVALID') &&
      /x\.toml of samples\/careless: "types" is not a table/.test(error.message),
  );
  const slow = await bench.buildpack('samples/slow', { detect: 'echo started; sleep 60' });
  const controller = new AbortController();
  bench.events.length = 0;
  const running = bench.pack(context, { buildpacks: [no, slow] }, { signal: controller.signal });
  const ended = assert.rejects(running, (error) => isLadingError(error, 'INTERRUPTED'));
  while (!bench.events.some((event) => event.kind === 'step-output' && event.step.includes('slow')))
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
  controller.abort();
  await ended;
  assert.deepEqual(await readdir(join(bench.snapshots.folder, 'scratch')), []);
});

test('a builder brings buildpacks, an order, a run image and a launcher; a buildpackage brings composites', async (t) => {
  if (!isLongRun(t)) return;
  const bench = await buildpacksBench(t);
  if (bench === undefined) return;
  const toml = (id: string, more = '') => `api = "0.10"\n[buildpack]\nid = "${id}"\nversion = "1.0.0"\n${more}`;
  const element = (id: string) => `[[order.group]]\nid = "${id}"\nversion = "1.0.0"\n`;
  const component = (id: string, build: string) => ({
    [`cnb/buildpacks/${id.replace('/', '_')}/1.0.0/buildpack.toml`]: toml(id),
    [`cnb/buildpacks/${id.replace('/', '_')}/1.0.0/bin/detect`]: '#!/bin/sh\n',
    [`cnb/buildpacks/${id.replace('/', '_')}/1.0.0/bin/build`]: `#!/bin/sh\n${build}\n`,
  });
  const { User = '', Env = [] } = bench.images.get('build')?.config.config ?? {};
  const metadata = { lifecycle: { version: '0.20.4', apis: { platform: { supported: ['0.7', '0.13', '0.14'] } } } };
  await bench.derive(
    'builder',
    { User, Env: [...Env], Labels: { 'io.buildpacks.builder.metadata': JSON.stringify(metadata) } },
    {
      ...component('samples/first', 'echo first >> order.txt'),
      'cnb/order.toml': `[[order]]\n${element('samples/meta')}`,
      'cnb/run.toml': '[[images]]\nimage = "run"\nmirrors = ["registry.example.org/run"]\n',
      'cnb/lifecycle/launcher': '#!/bin/sh\necho the launcher of the lifecycle: $0\n',
    },
  );
  const label = JSON.stringify({ id: 'samples/meta', version: '1.0.0' });
  const buildpackage = await bench.derive(
    'registry.example.org/package',
    { Labels: { 'io.buildpacks.buildpackage.metadata': label } },
    {
      ...component(
        'samples/second',
        'echo second >> order.txt; printf \'[[processes]]\\ntype = "web"\\ncommand = ["true"]\\n\' > $CNB_LAYERS_DIR/launch.toml',
      ),
      'cnb/buildpacks/samples_meta/1.0.0/buildpack.toml': toml(
        'samples/meta',
        `[[order]]\n${element('samples/first')}${element('samples/second')}`,
      ),
    },
  );
  const request = { buildImage: 'builder', buildpacks: ['registry.example.org/package'], runImage: undefined };
  const context = await bench.context({ 'app.txt': '' });
  const file = join(context, '../package.cnb');
  await writeFile(file, saveOciArchive(bench.output, [{ from: buildpackage.descriptor.digest, names: [] }]));
  const fromFile = await bench.pack(context, { ...request, buildpacks: [file], processType: 'web' });
  const result = await bench.pack(context, { ...request, processType: 'web' });
  assert.deepEqual(
    result.buildpacks.map(({ id }) => id),
    ['samples/first', 'samples/second'],
  );
  assert.equal((await bench.files(result))['workspace/order.txt']?.split(' ')[2], 'first\nsecond\n');
  assert.equal(fromFile.manifest.digest, result.manifest.digest);
  assert.equal(result.launcher, 'lifecycle');
  const image = await bench.image(result);
  const { Env: env = [], Labels } = image.config.config ?? {};
  assert.ok(env.includes('CNB_PLATFORM_API=0.14'));
  assert.deepEqual(readLifecycleMetadata(Labels)?.runImage.mirrors, ['registry.example.org/run']);
  assert.equal(readBuildMetadata(Labels)?.launcher.version, '0.20.4');
  assert.equal((await bench.run(image)).output, 'the launcher of the lifecycle: /cnb/process/web\n');
  await assert.rejects(bench.pack(context, { ...request, processType: 'worker' }), (error) =>
    isLadingError(error, 'USAGE'),
  );
});
