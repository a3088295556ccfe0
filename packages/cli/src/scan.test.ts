import assert from 'node:assert/strict';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { openSandbox, type Sandbox, startServe } from './testing/lading.ts';

const osv = (id: string, fixed: string): object => ({
  id,
  modified: '2025-01-01T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: id.endsWith('1') ? 'openssl' : 'curl' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
    },
  ],
});

const record = (name: string, source: string, version: string): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nSource: ${source}\nVersion: ${version}\n`;

/** `base` with OpenSSL, `app` on it with curl; and a database that knows of one vulnerability of each. */
async function prepare(sandbox: Sandbox): Promise<void> {
  const write = async (path: string, content: string | object): Promise<void> => {
    await mkdir(join(sandbox.folder, path, '..'), { recursive: true });
    await writeFile(join(sandbox.folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const openssl = record('libssl3', 'openssl', '3.0.11-1~deb12u2');
  await write('osv/Debian/CVE-2024-1.json', osv('CVE-2024-1', '3.0.14-1~deb12u1'));
  await write('osv/Debian/CVE-2024-2.json', osv('CVE-2024-2', '7.88.1-10+deb12u8'));
  await write('base/etc/os-release', 'ID=debian\nVERSION_ID="12"\n');
  await write('base/var/lib/dpkg/status', openssl);
  await write('base/Dockerfile', 'FROM scratch\nCOPY . /\n');
  await write('app/var/lib/dpkg/status', `${openssl}\n${record('curl', 'curl', '7.88.1-10+deb12u7')}`);
  await write('app/Dockerfile', 'FROM base\nCOPY . /\n');
  const { code, stderr } = await sandbox.shell(
    'lading advisories update --from osv --quiet; lading build --quiet -t base base; lading build --quiet -t app app',
  );
  assert.equal(code, 0, stderr);
}

test('a scan of an image, an SBOM or a folder tells what is wrong since which layer, and heeds thresholds and decisions', async (t) => {
  const sandbox = await openSandbox(t);
  await prepare(sandbox);
  const scan = (...args: string[]): ReturnType<Sandbox['run']> =>
    sandbox.run(['scan', '--scanners', 'vulnerabilities', ...args]);

  const report = JSON.parse((await scan('--json', 'app')).stdout);
  assert.deepEqual(
    report.findings
      .map((finding: Record<string, unknown>) => [finding.id, finding.severity, finding.fixedVersion])
      .sort(),
    [
      ['CVE-2024-1', 'high', '3.0.14-1~deb12u1'],
      ['CVE-2024-2', 'high', '7.88.1-10+deb12u8'],
    ],
  );
  const openssl = report.findings.find(({ id }: { id: string }) => id === 'CVE-2024-1');
  assert.deepEqual([openssl.places[0].layer, openssl.package.base.name], [0, 'docker.io/library/base:latest']);
  assert.match(openssl.advice[0], /Build on a newer docker\.io\/library\/base:latest/);

  const added = await scan('--since', 'base', '--fail-on', 'high', 'app');
  assert.equal(added.code, 10, added.stderr);
  assert.match(added.stdout, /CVE-2024-2/);
  assert.doesNotMatch(added.stdout, /CVE-2024-1/);
  assert.equal((await scan('--fail-on', 'critical', 'app')).code, 0);

  const vex = join(sandbox.folder, 'vex.json');
  await scan('--format', 'openvex', '-o', vex, 'app');
  await writeFile(vex, (await readFile(vex, 'utf8')).replaceAll('under_investigation', 'not_affected'));
  const decided = await scan('--vex', vex, '--fail-on', 'low', 'app');
  assert.deepEqual([decided.code, /0 vulnerabilities; 2 suppressed/.test(decided.stdout)], [0, true], decided.stdout);

  const idsOf = async (subject: string): Promise<unknown> =>
    JSON.parse((await scan('--json', subject)).stdout).findings.map(({ id }: { id: string }) => id);
  await writeFile(join(sandbox.folder, 'bom.json'), await sandbox.out('sbom', '--format', 'cyclonedx', 'base'));
  assert.deepEqual(await idsOf('sbom:bom.json'), ['CVE-2024-1']);
  assert.deepEqual(await idsOf('rootfs:base'), ['CVE-2024-1']);

  await writeFile(join(sandbox.folder, '.ladingignore.toml'), '[[ignore]]\nid = "CVE-2024-1"\nreason = "x"\n');
  const broken = await scan('app');
  assert.deepEqual([broken.code, broken.stdout], [2, '']);
  assert.match(broken.stderr, /\.ladingignore\.toml at line 1: the rule says no owner/);
});

test('"--vex attached" heeds what was attached to the image in its registry, and nothing does without being asked', async (t) => {
  const sandbox = await openSandbox(t);
  await prepare(sandbox);
  const { host } = await startServe(t, sandbox);
  const name = `${host}/team/base:1`;
  await sandbox.shell(`lading tag base ${name}; lading push --quiet ${name}`);
  const scan = (...args: string[]): ReturnType<Sandbox['run']> =>
    sandbox.run(['scan', '--scanners', 'vulnerabilities', '--fail-on', 'low', ...args, name]);
  await scan('--format', 'openvex', '-o', 'vex.json');
  const vex = (await readFile(join(sandbox.folder, 'vex.json'), 'utf8'))
    .replaceAll('under_investigation', 'not_affected')
    .replaceAll('"status": "not_affected"', '"status": "not_affected", "justification": "vulnerable_code_not_present"');
  await attach(`http://${host}/v2/team/base`, '1', vex);

  const local = await scan('--vex', 'attached');
  assert.deepEqual([local.code, /"--remote" asks its registry/.test(local.stderr)], [10, true], 'the image is here');
  const asked = await scan('--vex', 'attached', '--remote');
  assert.deepEqual([asked.code, /0 vulnerabilities; 1 suppressed/.test(asked.stdout)], [0, true], asked.stdout);
  assert.equal((await scan('--remote')).code, 10, 'whoever may attach silences nothing unasked');
});

/** Pushes a document as a referrer of a tag's image. OCI distribution-spec 1.1 §pushing manifests with subject. */
async function attach(repository: string, tag: string, document: string): Promise<void> {
  const push = async (type: string, content: string): Promise<object> => {
    const digest = digestOf(content);
    const body = Buffer.from(content);
    const upload = await fetch(`${repository}/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });
    assert.equal(upload.status, 201);
    return { mediaType: type, digest, size: body.length };
  };
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';
  const image = await fetch(`${repository}/manifests/${tag}`, { headers: { accept } });
  const bytes = Buffer.from(await image.arrayBuffer());
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.openvex+json',
    config: await push('application/vnd.oci.empty.v1+json', '{}'),
    layers: [await push('application/vnd.openvex+json', document)],
    subject: { mediaType: image.headers.get('content-type'), digest: digestOf(bytes), size: bytes.length },
  });
  const put = await fetch(`${repository}/manifests/${digestOf(manifest)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    body: manifest,
  });
  assert.equal(put.status, 201);
}

test('a gate may also ask that everything could be judged', async (t) => {
  const sandbox = await openSandbox(t);
  await prepare(sandbox);
  const { code, stderr } = await sandbox.shell(
    `mkdir -p unknown/etc unknown/var/lib/dpkg
     printf 'ID=debian\\nVERSION_ID="99"\\n' > unknown/etc/os-release
     cp base/var/lib/dpkg/status unknown/var/lib/dpkg/`,
  );
  assert.equal(code, 0, stderr);
  const scan = async (folder: string, ...more: string[]): Promise<number | null> =>
    (await sandbox.run(['scan', '--scanners', 'vulnerabilities', '--fail-on', 'critical', ...more, `rootfs:${folder}`]))
      .code;
  assert.equal(await scan('unknown'), 0);
  assert.equal(await scan('unknown', '--fail-on-unjudged'), 10);
  assert.equal(await scan('base', '--fail-on-unjudged'), 0);
});

test('an SBOM that is too large is refused before it is read', async (t) => {
  const sandbox = await openSandbox(t);
  const path = join(sandbox.folder, 'large.json');
  await writeFile(path, '');
  // More than can be read at once.
  await truncate(path, 3 * 2 ** 30);
  const { code, stderr } = await sandbox.run(['scan', '--scanners', 'config', `sbom:${path}`]);
  assert.match(stderr, /large\.json: it has more than \d+ bytes \[SBOM_INVALID\]/);
  assert.equal(code, 1);
});

test('an image that is older than 90 days at the time of the scan is told of', async (t) => {
  const sandbox = await openSandbox(t);
  await writeFile(join(sandbox.folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
  const built = 1_700_000_000;
  const at = (days: number): { env: NodeJS.ProcessEnv } => ({
    env: { SOURCE_DATE_EPOCH: String(built + days * 86_400) },
  });
  assert.equal((await sandbox.run(['build', '--quiet', '-t', 'app', '.'], at(0))).code, 0);
  const checksAfter = async (days: number): Promise<readonly string[]> => {
    const { stdout } = await sandbox.run(['scan', '--json', '--scanners', 'config', 'app'], at(days));
    return (JSON.parse(stdout) as { checks: { id: string }[] }).checks.map(({ id }) => id);
  };
  assert.ok(!(await checksAfter(90)).includes('old-image'));
  assert.ok((await checksAfter(91)).includes('old-image'));
});

test("rules of one's own find secrets, also in layers that were read before, and what is wrong with them is told", async (t) => {
  const sandbox = await openSandbox(t);
  const write = (path: string, text: string): Promise<void> => writeFile(join(sandbox.folder, path), text);
  await mkdir(join(sandbox.folder, 'app'));
  await write('app/Dockerfile', 'FROM scratch\nCOPY notes /notes\n');
  await write('app/notes', 'the key is acme-77777777-q\n');
  await write('rules.json', JSON.stringify([{ id: 'acme', keywords: ['acme-'], pattern: 'acme-[0-9]{8}-q' }]));
  await sandbox.out('build', '--quiet', '-t', 'app', 'app');
  const rulesOf = async (...more: string[]): Promise<unknown> => {
    const report = await sandbox.json('scan', '--scanners', 'secrets', ...more, 'app');
    return (report as { secrets: { rule: string }[] }).secrets.map(({ rule }) => rule);
  };
  assert.deepEqual(await rulesOf(), []);
  assert.deepEqual(await rulesOf('--secret-rules', 'rules.json'), ['acme']);
  assert.deepEqual(await rulesOf(), [], 'kept apart');

  await write('rules.json', JSON.stringify([{ id: 'acme', keywords: ['acme-'], pattern: '(a+)+$' }]));
  const refused = await sandbox.run(['scan', '--scanners', 'secrets', '--secret-rules', 'rules.json', 'app']);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /Cannot use the rules in rules\.json: rule/);
  assert.equal((await sandbox.run(['scan', '--secret-rules', 'absent.json', 'app'])).code, 5);
});
