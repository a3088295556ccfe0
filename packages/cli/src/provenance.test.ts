import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import { openSandbox, type Sandbox, startServe } from './testing/lading.ts';

const statementType = 'application/vnd.in-toto+json';

async function contexts(sandbox: Sandbox, files: Record<string, Record<string, string>>): Promise<void> {
  for (const [folder, content] of Object.entries(files)) {
    await mkdir(join(sandbox.folder, folder));
    for (const [name, text] of Object.entries(content)) await writeFile(join(sandbox.folder, folder, name), text);
  }
}

/** What a shell prints when it did what it should. */
async function lines(sandbox: Sandbox, script: string): Promise<string[]> {
  const { code, stdout, stderr } = await sandbox.shell(script);
  assert.equal(code, 0, stderr);
  return stdout.trim().split('\n');
}

test('provenance goes with an image to a registry and back, and an image of a registry is rebuilt and rebased', async (t) => {
  const sandbox = await openSandbox(t);
  const { host } = await startServe(t, sandbox);
  await contexts(sandbox, {
    one: { Dockerfile: 'FROM scratch\nCOPY x /x\n', x: '1' },
    two: { Dockerfile: 'FROM scratch\nCOPY x /x\nENV NEW=1\n', x: '2' },
    app: { Dockerfile: `FROM ${host}/base:1\nCOPY --link a /a\nCMD ["/a"]\n`, a: 'A' },
    changed: { Dockerfile: '', a: 'B' },
  });
  const [old, , app] = await lines(
    sandbox,
    `lading build -t ${host}/base:1 --push one
     lading build -t ${host}/base:2 --push two
     lading build -t ${host}/app --push app`,
  );
  // From here on another machine, with nothing of its own.
  sandbox.env.LADING_HOME = join(sandbox.folder, 'elsewhere');
  assert.equal(
    await sandbox.out('rebuild', `${host}/app`, '--context', 'app'),
    `${host}/app was built again and is the same: ${app}`,
  );
  const failed = await sandbox.run(['rebuild', `${host}/app`, '--context', 'changed']);
  assert.equal(failed.code, 7, failed.stderr);
  assert.match(failed.stdout, /layer 2 \(line 2, COPY --link a \/a\): files differ\n {2}\/a: content sha256:/);

  const [safe, rebased, built, back, unsafe] = await lines(
    sandbox,
    `lading rebase ${host}/app --onto ${host}/base:2 --dry-run
     lading rebase ${host}/app --onto ${host}/base:2 -t next
     sed -i s/base:1/base:2/ app/Dockerfile
     lading build app
     lading rebase next --onto ${host}/base:1
     printf 'FROM ${host}/base:1\\nCOPY a /x\\nENV P=$NEW\\n' > app/Dockerfile
     lading build -t worse app > /dev/null
     lading rebase worse --onto ${host}/base:2 --dry-run || test $? = 3`,
  );
  assert.match(safe ?? '', /can be rebased onto/);
  assert.equal(rebased, built);
  assert.equal(back, app);
  assert.match(unsafe ?? '', /ENV P=\$NEW uses \$NEW, which the new base has otherwise/);
  assert.notEqual(old, app);
  const refused = await sandbox.run(['rebase', 'worse', '--onto', `${host}/base:2`]);
  assert.equal(refused.code, 3);
});

test('an index is rebased with each of its images, and its attestations stay behind', async (t) => {
  const sandbox = await openSandbox(t);
  const dockerfile = 'FROM scratch\nARG TARGETARCH\nCOPY x /$TARGETARCH\n';
  await contexts(sandbox, {
    one: { Dockerfile: dockerfile, x: '1' },
    two: { Dockerfile: dockerfile, x: '2' },
    app: { Dockerfile: 'ARG BASE\nFROM $BASE\nCOPY --link a /a\n', a: 'A' },
  });
  const both = '--platform linux/amd64,linux/arm64';
  const [, , attested, rebased, scratch] = await lines(
    sandbox,
    `lading build ${both} -t localhost/base:1 one
     lading build ${both} -t localhost/base:2 two
     lading build ${both} --attest-layout=buildkit --build-arg BASE=localhost/base:1 -t app app
     lading rebase app --onto localhost/base:2
     lading build ${both} --build-arg BASE=localhost/base:2 app`,
  );
  assert.notEqual(attested, rebased);
  assert.equal(rebased, scratch);
});

test('--provenance says how much; equal builds give an equal index with provenance', async (t) => {
  const sandbox = await openSandbox(t);
  await contexts(sandbox, { app: { Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' } });
  const [plain, none, max, beside, again] = await lines(
    sandbox,
    `lading build app
     lading build --provenance=false -t none app
     lading build --provenance=mode=max app
     lading build --attest-layout=buildkit app
     LADING_HOME=$PWD/other lading build --attest-layout=buildkit app`,
  );
  assert.deepEqual([none, max], [plain, plain]);
  assert.equal(again, beside);
  assert.notEqual(beside, plain);
  const none2 = await sandbox.run(['rebuild', 'none', '--context', 'app']);
  assert.equal(none2.code, 5);
  assert.match(none2.stderr, /nothing says how it was built/);
  for (const flag of ['--provenance=yes', '--attest-layout=x'])
    assert.equal((await sandbox.run(['build', flag, 'app'])).code, 2);
});

test('oras, regctl and crane find provenance as they look for it', async (t) => {
  const programs = ['oras', 'regctl', 'crane'].map((name) => [name, findProgram(name)] as const);
  const missing = programs.filter(([, path]) => path === undefined).map(([name]) => name);
  if (!skipUnless(t, missing.length === 0, missing.join(', '))) return;
  const [oras = '', regctl = '', crane = ''] = programs.map(([, path]) => path);
  const sandbox = await openSandbox(t);
  const { host } = await startServe(t, sandbox);
  await contexts(sandbox, { app: { Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' } });
  const [image] = await lines(
    sandbox,
    `lading build -t ${host}/app --push app; lading build --attest-layout=buildkit -t ${host}/app:bk --push app`,
  );
  const run = async (program: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(program, args, { env: sandbox.env });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const referrers = JSON.parse(await run(oras, 'discover', '--plain-http', '--format', 'json', `${host}/app:latest`));
  assert.deepEqual(
    (referrers.referrers ?? referrers.manifests).map((one: { artifactType: string }) => one.artifactType),
    [statementType],
  );
  await run(regctl, 'registry', 'set', '--tls', 'disabled', host);
  const got = JSON.parse(
    await run(regctl, 'artifact', 'get', '--subject', `${host}/app:latest`, '--filter-artifact-type', statementType),
  );
  assert.equal(got.predicateType, 'https://slsa.dev/provenance/v1');

  // The way of docker buildx imagetools inspect: index, attestation manifest, layer by media type and predicate type.
  const index = JSON.parse(await run(crane, 'manifest', '--insecure', `${host}/app:bk`));
  const [own, attestation] = index.manifests;
  assert.equal(own.digest, image);
  assert.equal(attestation.annotations['vnd.docker.reference.type'], 'attestation-manifest');
  assert.equal(attestation.annotations['vnd.docker.reference.digest'], own.digest);
  const manifest = JSON.parse(await run(crane, 'manifest', '--insecure', `${host}/app@${attestation.digest}`));
  const layer = manifest.layers.find(
    (one: { mediaType: string; annotations: Record<string, string> }) =>
      one.mediaType === statementType &&
      one.annotations['in-toto.io/predicate-type']?.startsWith('https://slsa.dev/provenance/'),
  );
  const statement = JSON.parse(await run(crane, 'blob', '--insecure', `${host}/app@${layer.digest}`));
  assert.equal(`sha256:${statement.subject[0].digest.sha256}`, image);
  // And who wants the image gets the image.
  await run(crane, 'validate', '--insecure', '--remote', `${host}/app:bk`, '--platform', 'linux/amd64');
});
