import { execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { startHttpServer, type TestServer } from '@lading/testkit';

export interface GitRepository {
  /** `http://127.0.0.1:port/repository.git`. */
  readonly url: string;
  readonly server: TestServer;
  /** Writes files and commits them; gives the commit. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  git(...args: string[]): string;
}

/** A repository behind git's own server on loopback. `password`: what Basic credentials it wants, `user:password`. */
export async function gitRepository(
  t: TestContext,
  folder: string,
  { password }: { readonly password?: string | undefined } = {},
): Promise<GitRepository> {
  const tree = join(folder, 'repository');
  await mkdir(tree, { recursive: true });
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_COMMITTER_DATE: '@1700000000 +0000' };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], { cwd: tree, env })
      .toString()
      .trim();
  git('init', '-q', '-b', 'main');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const server = await startHttpServer(t, (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const wanted = password === undefined ? undefined : `Basic ${Buffer.from(password).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return;
    }
    // RFC 3875: the request in variables, the answer's headers on stdout.
    const child = spawn('git', ['http-backend'], {
      env: {
        ...env,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname.replace('/repository.git', '/repository/.git'),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        ...(request.headers['content-encoding'] && { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
        ...(request.headers['git-protocol'] && { GIT_PROTOCOL: String(request.headers['git-protocol']) }),
      },
    });
    request.pipe(child.stdin);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('close', () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf('\r\n\r\n');
      const headers = answer
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ', 2));
      const status = headers.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? '200';
      for (const [name, value] of headers)
        if (name !== 'Status' && name !== undefined) response.setHeader(name, value ?? '');
      response.writeHead(Number(status)).end(answer.subarray(end + 4));
    });
  });
  return {
    url: `http://${server.host}/repository.git`,
    server,
    git,
    async commit(files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(tree, path)), { recursive: true });
        await writeFile(join(tree, path), text);
      }
      git('add', '.');
      git('commit', '-q', '-m', 'change');
      return git('rev-parse', 'HEAD');
    },
  };
}
