import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { skipUnless } from '@lading/testkit';
import { buildpacksBench } from './testing/buildpacks-bench.ts';

/** Two layers that set everything that a layer can set, and processes of each kind. */
const build = `
for layer in a b; do
  folder=$CNB_LAYERS_DIR/$layer
  mkdir -p $folder/bin $folder/lib $folder/env $folder/env.launch/web $folder/exec.d
  printf '[types]\\nlaunch = true\\n' > $folder.toml
  printf $layer > $folder/env/LIST.append; printf , > $folder/env/LIST.delim
  printf $layer > $folder/env/OVER; printf $layer > $folder/env/DEF.default
  printf "$layer\\n" > $folder/env.launch/BREAK; printf "p$layer" > $folder/env.launch/PRE.prepend
  printf "w$layer" > $folder/env.launch/web/LIST.append
  cat > $folder/exec.d/set <<'EOT'
#!/bin/sh
printf 'E_%s = "x \\\\\\\\ y\\\\t\\\\"q\\\\""\\n  SPACED   =  "%s"  \\n' "\${0%/exec.d/set}" "$LIST" | sed 's|/layers/samples_one/||' >&3
EOT
  printf '#!/bin/sh\\necho hi' > $folder/bin/tool-$layer
  chmod 755 $folder/exec.d/set $folder/bin/tool-$layer
done
cat > $CNB_LAYERS_DIR/launch.toml <<'EOT'
[[processes]]
type = "web"
command = ["sh", "-c", 'env | grep -v -e ^HOSTNAME -e ^SHLVL | sort; pwd; echo "[$0] [$*]"']
args = ["it's", "a \\"b\\""]
default = true
[[processes]]
type = "one"
command = ["echo"]
args = ["default args"]
working-dir = "/tmp"
[[processes]]
type = "test"
command = ["echo", "tested"]
exec-env = ["test"]
EOT`;

const script = `/cnb/process/web; /cnb/process/web given 'two  words'; /cnb/process/one; /cnb/process/one x y
/cnb/lifecycle/launcher -- tool-a; /cnb/lifecycle/launcher -- absent >/dev/null 2>&1 || echo failed
/cnb/lifecycle/launcher -- sh -c 'echo $PATH $LD_LIBRARY_PATH'
CNB_EXEC_ENV=test /cnb/process/test more; /cnb/process/test >/dev/null 2>&1 || echo refused`;

test('our launcher and that of the lifecycle start processes alike', async (t) => {
  const { CNB_LAUNCHER } = process.env;
  if (!skipUnless(t, CNB_LAUNCHER !== undefined, 'CNB_LAUNCHER, the path of the launcher of a CNB lifecycle')) return;
  const bench = await buildpacksBench(t);
  if (bench === undefined) return;
  const metadata = JSON.stringify({ lifecycle: { version: '0', apis: { platform: { supported: ['0.15'] } } } });
  await bench.derive(
    'launcher',
    { ...bench.images.get('build')?.config.config, Labels: { 'io.buildpacks.builder.metadata': metadata } },
    { 'cnb/lifecycle/launcher': await readFile(CNB_LAUNCHER ?? '') },
  );
  const after = 'mkdir -p $CNB_LAYERS_DIR/z/env; cd $CNB_LAYERS_DIR; printf "[types]\\nlaunch = true" > z.toml; ';
  const buildpacks = [
    await bench.buildpack('samples/one', { build }),
    await bench.buildpack('samples/two', {
      build: `${after} for i in LIST.append DEF.default PRE.prepend; do printf z > z/env/$i; done`,
    }),
  ];
  const context = await bench.context({ 'app.txt': '' });
  const outputs: string[][] = [];
  for (const buildImage of ['build', 'launcher']) {
    const image = await bench.image(await bench.pack(context, { buildpacks, buildImage }));
    outputs.push((await bench.run(image, { entrypoint: '/bin/sh', args: ['-c', script] })).output.split('\n'));
  }
  assert.ok(outputs[1]?.includes('LIST=awa,bwbz') && outputs[1].includes('E_a=x \\ y\t"q"'));
  assert.deepEqual(outputs[0], outputs[1]);
});
