// The same build gives the same image: elsewhere, later, under another umask, cold and warm, with one worker and with four.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, runProgram, skipUnless, temporaryFolder, vector } from '@lading/testkit';
import { canRun } from './engines.ts';
import { type Lading, openLading, succeeded } from './lading.ts';

const dockerfile = `# syntax=docker/dockerfile:1
FROM alpine:3.10 AS made
WORKDIR /made
COPY app/ .
RUN mkdir -p deep/er && umask && touch now && echo made >deep/er/file && ln deep/er/file hard && ln -s hard soft
RUN chmod 4755 run.sh && rm /etc/motd && rm -r /media && mkdir /media && chown -R 1000:1001 deep && mkfifo queue
RUN --network=none cat /proc/self/mountinfo >/dev/null; for i in 9 8 7 6 5 4 3 2 1 0; do echo $i >file$i; done

FROM alpine:3.10 AS other
ARG WHO=nobody
RUN adduser -D -u 4000 other && sed -i 's/:[0-9]*:0:99999:/:1:0:99999:/' /etc/shadow && echo "$WHO" >/who

FROM alpine:3.10
COPY --from=made /made/ /srv/
COPY --from=other --chown=4000:4000 --chmod=0640 /who /srv/who
COPY --from=other /etc/passwd /etc/
ADD app/data /srv/added/
ENV A=b C="d e"
LABEL org.example.one=1
USER 4000
CMD ["/srv/run.sh"]
`;

interface Built {
  readonly digest: string;
  readonly layers: readonly { readonly digest: string }[];
  readonly steps: readonly { readonly cached: boolean }[];
}

interface Variation {
  readonly name: string;
  readonly lading: Lading;
  readonly context: string;
  readonly umask?: string;
  readonly workers?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly options?: readonly string[];
}

async function build({ lading, context, umask = '022', workers = 2, env, options = [] }: Variation): Promise<Built> {
  const args = ['build', '--json', '--quiet', `--workers=${workers}`, ...options, context];
  const script = `umask ${umask}; exec lading ${args.map((arg) => `'${arg}'`).join(' ')}`;
  return JSON.parse(succeeded('lading build', await lading.shell(script, env === undefined ? {} : { env })));
}

test('a Dockerfile gives one digest wherever, whenever and however it is built', async (t) => {
  const alpine = vector(t, 'images/alpine-310.docker-archive.tar.gz');
  if (alpine === undefined || !(await canRun(t))) return;
  const first = await openLading(t);
  const second = await openLading(t);
  for (const lading of [first, second]) await lading.out('load', '-i', alpine);
  const context = await writeContext(join(first.folder, 'context'), '022');
  const elsewhere = await writeContext(join(await temporaryFolder(t), 'a folder/with another name'), '077');
  await runProgram('find', [elsewhere, '-exec', 'touch', '-d', '2001-02-03 04:05:06', '{}', '+']);

  const cold = await build({ name: 'cold', lading: first, context });
  assert.ok(cold.steps.every((step) => !step.cached));
  const warm = await build({ name: 'warm', lading: first, context });
  assert.deepEqual([warm.digest, warm.steps.every((step) => step.cached)], [cold.digest, true]);
  // Times in files count in seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const variations: readonly Variation[] = [
    { name: 'elsewhere, umask 077', lading: second, context: elsewhere, umask: '077', workers: 1 },
    { name: 'without cache, umask 000', lading: first, context, umask: '000', workers: 4, options: ['--no-cache'] },
    {
      name: 'another time zone, locale and engine',
      lading: second,
      context,
      workers: 4,
      env: { TZ: 'Asia/Kathmandu', LC_ALL: 'C', LADING_ENGINE: 'unshare' },
      options: ['--no-cache'],
    },
  ];
  for (const variation of variations) {
    const again = await build(variation);
    assert.deepEqual(again.layers, cold.layers, variation.name);
    assert.equal(again.digest, cold.digest, variation.name);
  }

  const env = { SOURCE_DATE_EPOCH: '1700000000' };
  const dated = await build({ name: 'dated', lading: first, context, env });
  assert.notEqual(dated.digest, cold.digest);
  const datedAgain = await build({ name: 'dated again', lading: second, context: elsewhere, env, umask: '077' });
  assert.equal(datedAgain.digest, dated.digest);
});

test('a recipe gives one digest and one lock file wherever, whenever and however it is built', async (t) => {
  if (!(await hasMirror(t))) return;
  const first = await openLading(t);
  const second = await openLading(t);
  const recipe = `distro: debian
suite: bookworm
architectures: [amd64]
variant: distroless
packages: [base-files, libc6, busybox-static, tzdata]
accounts:
  groups: [{ name: app, gid: 10001 }]
  users: [{ name: app, uid: 10001, gid: 10001, home: /srv }]
cmd: [/bin/busybox, sh]
`;
  const place = await writeRecipe(join(first.folder, 'recipe'), recipe);
  const cold = await build({ name: 'cold', lading: first, context: place, options: ['-f', join(place, 'image.yaml')] });
  const lock = await lockOf(place);

  const elsewhere = await writeRecipe(join(second.folder, 'under another name'), recipe);
  const file = ['-f', join(elsewhere, 'image.yaml')];
  const apart = await build({
    name: 'apart',
    lading: second,
    context: elsewhere,
    umask: '077',
    workers: 1,
    options: file,
  });
  assert.equal(await lockOf(elsewhere), lock);
  assert.equal(apart.digest, cold.digest);
  const variations: readonly Variation[] = [
    { name: 'warm', lading: second, context: elsewhere, options: file },
    {
      name: 'four workers, without cache',
      lading: second,
      context: elsewhere,
      workers: 4,
      options: [...file, '--no-cache'],
    },
    { name: 'locked', lading: first, context: elsewhere, options: [...file, '--lock=require'] },
  ];
  for (const variation of variations) assert.equal((await build(variation)).digest, cold.digest, variation.name);
});

/** What COPY and ADD read, written under a umask. */
async function writeContext(folder: string, umask: string): Promise<string> {
  const script = `umask ${umask}; mkdir -p '${folder}/app/data/sub' && cd '${folder}' &&
    printf '#!/bin/sh\\necho run\\n' >app/run.sh && chmod +x app/run.sh && echo data >app/data/sub/file && echo x >ignored &&
    ln -s ../run.sh app/data/link && printf 'ignored\\n' >.dockerignore`;
  const { code, stderr } = await runProgram('sh', ['-euc', script]);
  assert.equal(code, 0, stderr);
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  return folder;
}

async function writeRecipe(folder: string, text: string): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, 'image.yaml'), text);
  return folder;
}

function lockOf(folder: string): Promise<string> {
  return readFile(join(folder, 'image.lock'), 'utf8');
}

/** Whether apt's own mirror has bookworm and answers; false after skipping the test. */
async function hasMirror(t: TestContext): Promise<boolean> {
  const apt = findProgram('apt-get');
  const listed =
    apt === undefined ? undefined : await runProgram(apt, ['indextargets', '--format', '$(REPO_URI) $(RELEASE)']);
  const uri = /^(https?:\S+) bookworm$/m.exec(listed?.stdout ?? '')?.[1];
  let answers = false;
  if (uri !== undefined) {
    const options = { method: 'HEAD', signal: AbortSignal.timeout(5000) };
    answers = await fetch(`${uri}dists/bookworm/InRelease`, options)
      .then(({ ok }) => ok)
      .catch(() => false);
  }
  return skipUnless(t, answers, 'a mirror of Debian bookworm that apt is configured with');
}
