import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { findProgram, isLongRun, runProgram, skipUnless, startHttpServer } from '@lading/testkit';
import type { CredentialCase } from '../testing/credential-cases/credential-case.ts';
import { credentialCases } from '../testing/credential-cases.ts';
import { credentialMachine } from '../testing/credential-machine.ts';

/** Asks a program for an image and gives what it showed, as a case writes it; `error` when it showed nothing. */
type Ask = (registry: string, repository: string, env: NodeJS.ProcessEnv) => Promise<string>;

test('credentials: the table is what skopeo shows to a registry', async (t) => {
  const skopeo = realProgram(t, 'skopeo');
  if (skopeo === undefined) return;
  const { host, asked } = await registryOfTests(t);
  await compare(t, host, 'podman', (registry, repository, env) =>
    asked(() =>
      runProgram(skopeo, ['inspect', '--raw', '--tls-verify=false', `docker://${registry}/${repository}:x`], {
        env,
      }),
    ),
  );
});

test('credentials: the table is what crane shows to a registry', async (t) => {
  const crane = realProgram(t, 'crane');
  if (crane === undefined) return;
  const { host, asked } = await registryOfTests(t);
  await compare(t, host, 'crane', (registry, repository, env) =>
    asked(() => runProgram(crane, ['digest', `${registry}/${repository}:x`], { env })),
  );
});

test('credentials: the table is what docker shows to its daemon', async (t) => {
  const docker = realProgram(t, 'docker');
  if (docker === undefined) return;
  const version = Number(/version (\d+)/.exec((await runProgram(docker, ['--version'])).stdout)?.[1] ?? 0);
  let shown = 'error';
  const daemon = await startHttpServer(t, (request, response): unknown => {
    response.setHeader('api-version', '1.47');
    response.setHeader('ostype', 'linux');
    if (!request.url?.includes('/images/create')) return response.end('OK');
    const header = request.headers['x-registry-auth'] as string | undefined;
    shown = shownToDaemon(JSON.parse(Buffer.from(header ?? 'e30', 'base64url').toString()));
    return response.writeHead(404).end('{"message":"not here"}');
  });
  const ask: Ask = async (registry, repository, env) => {
    shown = 'error';
    await runProgram(docker, ['pull', `${registry}/${repository}:x`], {
      env: { ...env, DOCKER_HOST: `tcp://${daemon.host}` },
    });
    return shown;
  };
  const cases = credentialCases.filter(({ sinceDocker = 0 }) => version >= sinceDocker);
  await compare(t, 'r.example.org', 'docker', ask, cases);
});

/** Undefined after skipping the test. */
function realProgram(t: TestContext, name: string): string | undefined {
  if (!isLongRun(t)) return undefined;
  const program = findProgram(name);
  return skipUnless(t, program !== undefined, `the program ${name}`) ? program : undefined;
}

async function compare(
  t: TestContext,
  host: string,
  program: 'docker' | 'podman' | 'crane',
  ask: Ask,
  cases: readonly CredentialCase[] = credentialCases,
): Promise<void> {
  const wrong: string[] = [];
  let compared = 0;
  for (const each of cases) {
    const { registry = host, repository = 'team/app', found } = each;
    // Programs that speak to the registry can be watched where it is ours.
    if (each.ownOnly || (program !== 'docker' && registry !== host)) continue;
    const { env } = await credentialMachine(t, each, registry);
    const expected = typeof found === 'string' ? found : found[program];
    const actual = await ask(registry, repository, env);
    compared++;
    const isOther = program === 'crane' && actual === each.otherOfCrane;
    if (actual !== expected && !isOther) wrong.push(`${each.name}: ${program} shows ${actual} instead of ${expected}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(compared >= 60, `only ${compared} were compared`);
}

/** A registry with a token server, which note what they are shown. */
async function registryOfTests(
  t: TestContext,
): Promise<{ host: string; asked: (run: () => Promise<unknown>) => Promise<string> }> {
  let shown: string[] = [];
  const server = createServer(async (request, response): Promise<unknown> => {
    const { authorization = '' } = request.headers;
    if (request.url?.startsWith('/token')) {
      shown.push(await shownToTokenServer(request));
      return response.end('{"token":"issued","access_token":"issued"}');
    }
    if (authorization === 'Bearer issued') return response.writeHead(404).end('{}');
    if (authorization.startsWith('Bearer ')) shown.push(`bearer ${authorization.slice(7)}`);
    const challenge = `Bearer realm="http://${request.headers.host}/token",service="tests"`;
    return response.writeHead(authorization === '' ? 401 : 404, { 'www-authenticate': challenge }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const asked = async (run: () => Promise<unknown>): Promise<string> => {
    shown = [];
    await run();
    return shown[0] ?? 'error';
  };
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function shownToTokenServer(request: IncomingMessage): Promise<string> {
  const basic = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) return Buffer.from(basic, 'base64').toString('utf8');
  let form = '';
  for await (const chunk of request) form += chunk;
  const token = new URLSearchParams(form).get('refresh_token');
  return token === null ? 'none' : `id ${token}`;
}

function shownToDaemon(shown: Readonly<Record<string, string>>): string {
  if (shown.registrytoken !== undefined) return `bearer ${shown.registrytoken}`;
  if (shown.identitytoken !== undefined) return `id ${shown.identitytoken}`;
  return shown.username === undefined && shown.password === undefined
    ? 'none'
    : `${shown.username ?? ''}:${shown.password ?? ''}`;
}
