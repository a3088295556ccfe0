import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { digestOf, mediaTypes } from '@lading/oci';
import { findProgram, isLongRun, runProgram, skipUnless, startHttpServer, temporaryFolder } from '@lading/testkit';
import { openConfiguredRegistry } from './configured-registry.ts';

const image = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 },
    layers: [],
  }),
);

/** A registries.conf, in which `itself`, `one` and `two` stand for registries, and who of them has the image. */
interface Case {
  readonly conf: string;
  readonly holders: readonly string[];
}

const mirrors = (settings = '', one = '', two = ''): string => `
[[registry]]
location = "itself"
insecure = true
${settings}
[[registry.mirror]]
location = "one/copies"
insecure = true
${one}
[[registry.mirror]]
location = "two"
insecure = true
${two}
`;

const cases: readonly Case[] = [
  { conf: '', holders: ['itself'] },
  { conf: mirrors(), holders: ['itself', 'one', 'two'] },
  { conf: mirrors(), holders: ['itself', 'two'] },
  { conf: mirrors(), holders: ['itself'] },
  { conf: mirrors(), holders: [] },
  { conf: mirrors('mirror-by-digest-only = true'), holders: ['itself', 'two'] },
  { conf: mirrors('', 'pull-from-mirror = "digest-only"'), holders: ['itself', 'two'] },
  { conf: mirrors('', 'pull-from-mirror = "tag-only"'), holders: ['itself', 'two'] },
  { conf: mirrors('', 'pull-from-mirror = "tag-only"', 'pull-from-mirror = "digest-only"'), holders: ['itself'] },
  { conf: '[[registry]]\nprefix = "itself/team"\nlocation = "one/other"\ninsecure = true\n', holders: ['one'] },
  { conf: '[[registry]]\nprefix = "itself/te"\nlocation = "one/other"\ninsecure = true\n', holders: ['itself'] },
  {
    conf: '[[registry]]\nprefix = "itself/team/app"\nlocation = "two/a/b"\ninsecure = true\n[[registry]]\nlocation = "itself"\nblocked = true\n',
    holders: ['two'],
  },
  { conf: '[[registry]]\nlocation = "itself"\nblocked = true\n', holders: ['itself'] },
];

test('mirrors: registries are asked for what skopeo asks them, in its order', async (t) => {
  const skopeo = findProgram('skopeo');
  if (!isLongRun(t) || !skipUnless(t, skopeo !== undefined, 'the program skopeo')) return;
  for (const { conf, holders } of cases) {
    for (const reference of [':v1', `@${digestOf(image)}`]) {
      const { machine, name, asked } = await registriesOf(t, conf, holders);
      const args = ['inspect', '--raw', '--tls-verify=false', `docker://${name}/team/app${reference}`];
      const theirs = await asked(() => runProgram(skopeo ?? '', args, { env: { ...process.env, ...machine.env } }));
      const ours = await asked(async () => {
        const registry = await openConfiguredRegistry({ registry: name, ...machine, retries: { attempts: 1 } });
        try {
          await registry.source('team/app').references.resolve(reference.slice(1));
        } catch {
          // Blocked.
        } finally {
          await registry.close();
        }
      });
      assert.deepEqual(ours, theirs, `${reference} of ${holders} with ${conf}`);
    }
  }
});

async function registriesOf(
  t: TestContext,
  conf: string,
  holders: readonly string[],
): Promise<{
  machine: { env: Record<string, string>; root: string };
  name: string;
  asked: (run: () => Promise<unknown>) => Promise<string[]>;
}> {
  let log: string[] = [];
  const hosts = new Map<string, string>();
  for (const who of ['itself', 'one', 'two']) {
    const { host } = await startHttpServer(t, (request, response): unknown => {
      if (request.url === '/v2/') return response.end('{}');
      log.push(`${who} ${request.url}`);
      if (!holders.includes(who)) return response.writeHead(404).end('{}');
      const headers = { 'content-type': mediaTypes.ociManifest, 'docker-content-digest': digestOf(image) };
      response.writeHead(200, { ...headers, 'content-length': image.length });
      return response.end(request.method === 'HEAD' ? undefined : image);
    });
    hosts.set(who, host);
  }
  const home = await temporaryFolder(t);
  await mkdir(join(home, '.config/containers'), { recursive: true });
  const text = conf.replaceAll(/"(itself|one|two)/g, (_, who: string) => `"${hosts.get(who)}`);
  await writeFile(join(home, '.config/containers/registries.conf'), text);
  return {
    machine: { env: { HOME: home, XDG_RUNTIME_DIR: home }, root: join(home, 'root') },
    name: hosts.get('itself') ?? '',
    async asked(run) {
      log = [];
      await run();
      return [...new Set(log)];
    },
  };
}
