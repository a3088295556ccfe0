import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { findProgram, runProgram } from '@lading/testkit';
import { openSandbox, startServe } from '../testing/lading.ts';
import { writeSampleLayout } from '../testing/sample-layout.ts';

interface Run {
  readonly state: string;
  readonly outcome: { readonly blobs: number };
}

test('an image is deprecated, quarantined, deleted, restored and purged, by the API of a running registry', async (t) => {
  const sandbox = await openSandbox(t);
  const { host } = await startServe(t, sandbox);
  const registry = ['--registry', host];
  const { image } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:amd64', `${host}/team/app:1`);
  const pull = (reference: string) => fetch(`http://${host}/v2/team/app/manifests/${reference}`);
  const api = (method: string, path: string, body?: object) =>
    fetch(`http://${host}/api/v1${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  const manifest = (await (await pull('1')).json()) as { layers: { digest: string }[] };
  const layer = manifest.layers[0]?.digest ?? '';

  await sandbox.out('registry', 'deprecate', 'team/app:1', '--after', '2999-01-01', '--message', 'use 2', ...registry);
  const warned = await pull('1');
  assert.match(
    warned.headers.get('warning') ?? '',
    /^299 - "team\/app:1 is deprecated and will be refused from 2999.*use 2"$/,
  );
  assert.equal((await pull(image)).headers.get('warning'), null);
  // Each start of the program takes its time, and what the verbs do has been shown by then.
  const deprecation = { repository: 'team/app', reference: '1' };
  await api('PUT', '/deprecations', { ...deprecation, after: '2020-01-01T00:00:00Z' });
  assert.equal((await pull('1')).status, 403);
  await api('DELETE', `/deprecations?${new URLSearchParams(deprecation)}`);
  assert.equal((await pull('1')).status, 200);

  await sandbox.out('registry', 'quarantine', layer, '--reason', 'a key is in it', ...registry);
  const refused = await pull('1');
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /which is in quarantine: a key is in it/);
  assert.equal((await fetch(`http://${host}/v2/team/app/blobs/${layer}`)).status, 403);
  await api('DELETE', `/quarantine/${layer}`);

  assert.equal((await fetch(`http://${host}/v2/team/app/manifests/${image}`, { method: 'DELETE' })).status, 202);
  assert.equal((await pull('1')).status, 404);
  const run = (await sandbox.json('registry', 'gc', ...registry)) as Run;
  assert.deepEqual([run.state, run.outcome.blobs], ['succeeded', 0], 'the trash keeps what it needs');
  const trash = (await sandbox.json('registry', 'trash', 'team/app', ...registry)) as {
    digest: string;
    tags: string[];
  }[];
  assert.deepEqual(
    trash.map(({ digest, tags }) => [digest, tags]),
    [[image, ['1']]],
  );
  await sandbox.out('registry', 'restore', 'team/app:1', ...registry);
  assert.equal((await pull('1')).headers.get('docker-content-digest'), image);
  assert.equal((await api('POST', '/trash/restore', deprecation)).status, 404);

  const receipt = join(sandbox.folder, 'purge.json');
  const plan = (await sandbox.json('registry', 'purge', layer, '--dry-run', ...registry)) as {
    manifests: { digest: string }[];
  };
  assert.deepEqual(
    plan.manifests.map(({ digest }) => digest),
    [image],
  );
  await sandbox.out('registry', 'purge', layer, '--reason', 'a key is in it', '--receipt', receipt, ...registry);
  assert.equal((await pull('1')).status, 404);
  assert.equal((await fetch(`http://${host}/v2/team/app/blobs/${layer}`)).status, 404);
  const statement = (await sandbox.json('registry', 'verify-receipt', receipt)) as {
    digests: string[];
    journalSequence: number;
  };
  assert.deepEqual(statement.digests, [layer]);
  assert.ok(statement.journalSequence > 0);
  const forged = JSON.parse(await readFile(receipt, 'utf8')) as {
    statement: string;
    signature: string;
    publicKey: string;
  };
  const bytes = Buffer.from(forged.statement, 'base64');
  await writeFile(receipt, JSON.stringify({ ...forged, statement: Buffer.from(`${bytes} `).toString('base64') }));
  assert.equal((await sandbox.run(['registry', 'verify-receipt', receipt])).code, 7);

  const openssl = await findProgram('openssl');
  if (openssl === undefined) return t.diagnostic('no openssl here to verify the receipt with');
  const at = (name: string): string => join(sandbox.folder, name);
  await writeFile(at('statement'), bytes);
  await writeFile(at('signature'), Buffer.from(forged.signature, 'base64'));
  await writeFile(at('key.pem'), forged.publicKey);
  const verify = [
    'pkeyutl',
    '-verify',
    '-pubin',
    '-inkey',
    at('key.pem'),
    '-rawin',
    '-in',
    at('statement'),
    '-sigfile',
    at('signature'),
  ];
  const verified = await runProgram(openssl, verify);
  assert.equal(verified.code, 0, verified.stderr);
});

test('jobs run in a thread of their own and remove what is not needed, and what they did is listed', async (t) => {
  const sandbox = await openSandbox(t);
  const config = join(sandbox.folder, 'registry.yaml');
  await writeFile(config, 'policies: { lease: 0s, grace: 0s, trash: 0s }\njobs: { gc: { schedule: false } }\n');
  const { host } = await startServe(t, sandbox, '--config', config);
  const registry = ['--registry', host];
  const blob = Buffer.from('nobody needs me');
  const begun = await fetch(`http://${host}/v2/app/blobs/uploads/?digest=${digestOf(blob)}`, {
    method: 'POST',
    body: blob,
  });
  assert.equal(begun.status, 201);
  const preview = (await sandbox.json('registry', 'gc', '--dry-run', ...registry)) as { content: { digest: string }[] };
  assert.deepEqual(
    preview.content.map(({ digest }) => digest),
    [digestOf(blob)],
  );
  const run = (await sandbox.json('registry', 'gc', ...registry)) as Run;
  assert.deepEqual([run.state, run.outcome.blobs], ['succeeded', 1]);
  assert.equal((await fetch(`http://${host}/v2/app/blobs/${digestOf(blob)}`)).status, 404);
  assert.match(await sandbox.out('registry', 'jobs', ...registry), /gc +succeeded .*blobs 1, bytes 15/);
});
