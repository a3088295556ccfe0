import assert from 'node:assert/strict';
import { chmod, mkdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, fromBuffer } from '@lading/bytes';
import { openImage, writeImage, writeLayer } from '@lading/image';
import { createMemoryRepository } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { isLongRun, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import type { BuildRequest } from '../request.ts';
import { alpineWorkbench, linux, type Workbench, workbench } from '../testing/workbench.ts';

/** Everything that a build of the Dockerfile below depends on. */
interface Inputs {
  readonly files: ReadonlyMap<string, { readonly text: string; readonly mode: number }>;
  readonly link: string;
  readonly ignore: string;
  readonly archive: { readonly text: string; readonly mode: number; readonly xattr: string };
  readonly base: {
    readonly text: string;
    readonly mode: number;
    readonly uid: number;
    readonly xattr: string;
    readonly env: string;
  };
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly epoch: number;
}

const dockerfile = `ARG PLACE=place
FROM base AS tools
ARG NAME=name
ENV WHERE=/tools
COPY a.txt sub/ $WHERE/$NAME/
WORKDIR $WHERE/work
FROM base
ARG PLACE
ARG CHMOD=644
COPY --chmod=$CHMOD *.txt /srv/$PLACE/
COPY --from=tools --exclude=*.md /tools /from-tools
COPY --from=base /etc/conf /from-base/
COPY link /srv/
ADD archive.tar /unpacked/
COPY --parents sub/deep /kept/
COPY <<DOC /srv/inline
\${PLACE}
DOC
`;

const start: Inputs = {
  files: new Map([
    ['a.txt', { text: 'a', mode: 0o644 }],
    ['b.txt', { text: 'b', mode: 0o644 }],
    ['sub/c.md', { text: 'c', mode: 0o644 }],
    ['sub/deep/d', { text: 'd', mode: 0o755 }],
  ]),
  link: 'a.txt',
  ignore: 'nothing\n',
  archive: { text: 'x', mode: 0o644, xattr: '' },
  base: { text: 'conf', mode: 0o644, uid: 0, xattr: '', env: 'A=1' },
  dockerfile,
  buildArgs: {},
  epoch: 1_000_000_000,
};

const text = fc.constantFrom('a', 'b', 'c', '', 'long text', 'a\0b');
const path = fc.constantFrom('a.txt', 'b.txt', 'new.txt', 'sub/c.md', 'sub/deep/d', 'sub/deep/e', 'sub/f');
const mode = fc.constantFrom(0o600, 0o644, 0o664, 0o755, 0o700, 0o711);
const xattr = fc.constantFrom('', 'one', 'two');

type Change = (inputs: Inputs) => Inputs;
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(path, text, mode).map(
    ([at, now, is]): Change =>
      (inputs) => ({
        ...inputs,
        files: new Map([...inputs.files, [at, { text: now, mode: is }]]),
      }),
  ),
  path.map(
    (at): Change =>
      (inputs) => ({ ...inputs, files: new Map([...inputs.files].filter(([one]) => one !== at)) }),
  ),
  fc.constantFrom('a.txt', 'b.txt', 'sub', '../out').map(
    (link): Change =>
      (inputs) => ({ ...inputs, link }),
  ),
  fc.constantFrom('nothing\n', 'b.txt\n', '*.md\n', 'sub\n!sub/deep\n').map(
    (ignore): Change =>
      (inputs) => ({ ...inputs, ignore }),
  ),
  fc.record({ text, mode, xattr }).map(
    (archive): Change =>
      (inputs) => ({ ...inputs, archive }),
  ),
  fc.record({ text, mode, uid: fc.constantFrom(0, 7), xattr, env: fc.constantFrom('A=1', 'A=2', 'WHERE=/other') }).map(
    (base): Change =>
      (inputs) => ({ ...inputs, base }),
  ),
  fc.dictionary(fc.constantFrom('PLACE', 'NAME', 'CHMOD', 'UNUSED'), fc.constantFrom('600', '755', '1')).map(
    (buildArgs): Change =>
      (inputs) => ({ ...inputs, buildArgs }),
  ),
  fc
    .constantFrom(
      ['WORKDIR', 'USER 7\nWORKDIR'],
      ['/tools\n', '/tools2\n'],
      ['--parents', '--parents --chown=7:7'],
      ['DOC /srv', 'DOC /srv2'],
    )
    .map(
      ([from, to]): Change =>
        (inputs) => ({ ...inputs, dockerfile: dockerfile.replace(from ?? '', to ?? '') }),
    ),
  fc.constantFrom(1_000_000_000, 1_000_000_001).map(
    (epoch): Change =>
      (inputs) => ({ ...inputs, epoch }),
  ),
);

/** Puts the inputs on disk and into the images; times and the modes' group and other bits vary, which must not matter. */
async function lay(folder: string, { images }: Workbench, inputs: Inputs): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [at, file] of inputs.files) {
    await mkdir(dirname(join(folder, at)), { recursive: true });
    await writeFile(join(folder, at), file.text);
    await chmod(join(folder, at), file.mode);
    await utimes(join(folder, at), Math.random() * 1e9, Math.random() * 1e9);
  }
  await mkdir(folder, { recursive: true });
  await symlink(inputs.link, join(folder, 'link'));
  await writeFile(join(folder, '.dockerignore'), inputs.ignore);
  await writeFile(join(folder, 'Dockerfile'), inputs.dockerfile);
  const { archive, base } = inputs;
  const common = { type: 'file', uid: 0, gid: 0, mtime: 1 } as const;
  const entry = (at: string, of: { text: string; mode: number; xattr: string }): TarEntryInput => ({
    ...{ ...common, path: at, mode: of.mode, size: Buffer.byteLength(of.text) },
    ...(of.xattr === '' ? {} : { xattrs: new Map([['user.test', Buffer.from(of.xattr)]]) }),
    content: fromBuffer(of.text),
  });
  await writeFile(
    join(folder, 'archive.tar'),
    await collect(writeTar([entry('f', archive)]), { maxBytes: 1 << 20, what: 'archive' }),
  );
  const repository = createMemoryRepository();
  const layer = await writeLayer(repository, writeTar([{ ...entry('etc/conf', base), uid: base.uid }]));
  const manifest = await writeImage(repository, {
    config: { ...linux, config: { Env: [base.env] }, rootfs: { type: 'layers', diff_ids: [layer.diffId] } },
    layers: [layer.descriptor],
  });
  images.set('base', await openImage(repository, manifest.digest, { platform: linux }));
}

/** What a build gives: its digest, or what it says went wrong. */
async function outcome(
  bench: Workbench,
  folder: string,
  { buildArgs, epoch }: Inputs,
  request: Partial<BuildRequest> = {},
): Promise<string> {
  try {
    return (await bench.build(folder, { buildArgs, epoch, ...request })).manifest.digest;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('after any change of a byte, mode, attribute, link, argument, base or instruction a build gives what one without cache gives', async (t) => {
  const numRuns = process.env.CI === 'true' ? 80 : 6;
  const folder = join(await temporaryFolder(t), 'context');
  const output = createMemoryRepository();
  const [warm, cold] = [await workbench(t, { output }), await workbench(t, { output })];
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      let inputs = start;
      for (const one of [(same: Inputs) => same, ...changes]) {
        inputs = one(inputs);
        await lay(folder, warm, inputs);
        await lay(folder, cold, inputs);
        const cached = await outcome(warm, folder, inputs);
        assert.equal(cached, await outcome(cold, folder, inputs, { noCache: true }));
      }
    }),
    { numRuns },
  );
});

test('what must not matter does not: times, owners, umask, another folder, and files that nothing copies', async (t) => {
  const bench = await workbench(t);
  const parent = await temporaryFolder(t);
  await lay(join(parent, 'one'), bench, start);
  const first = await bench.build(join(parent, 'one'));
  await lay(join(parent, 'two'), bench, start);
  await writeFile(join(parent, 'two/unrelated'), 'x');
  await chmod(join(parent, 'two/a.txt'), 0o600);
  await chmod(join(parent, 'two/sub'), 0o700);
  const second = await bench.build(join(parent, 'two'));
  assert.equal(second.manifest.digest, first.manifest.digest);
  assert.deepEqual(
    second.steps.filter(({ cached }) => !cached).map(({ title }) => title),
    [],
  );
});

test('a file whose content changed, with its size and time as they were, is seen although its digest was remembered', async (t) => {
  const bench = await workbench(t);
  const folder = await bench.context({ Dockerfile: 'FROM scratch\nCOPY f /\n', f: 'one' });
  const file = join(folder, 'f');
  // Longer than the time in which a change is not remembered.
  await sleep(2100);
  await bench.build(folder);
  assert.equal((await bench.build(folder)).steps[0]?.cached, true);
  const { atime, mtime } = await stat(file);
  await writeFile(file, 'two');
  await utimes(file, atime, mtime);
  const changed = await bench.build(folder);
  assert.equal(changed.steps[0]?.cached, false);
  assert.equal((await bench.files(changed)).f, '0644 0:0 two');
});

test('a RUN is not taken for one with another command, argument, variable, user, folder, shell, secret id or mount', async (t) => {
  if (!skipUnless(t, isLongRun(t), 'long: runs with CI=true')) return;
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const show = 'sh -c "id; pwd; env | sort; echo $0; cat /run/secrets/* /m/* 2>/dev/null; true" > /tmp/out';
  const variants = [
    `RUN ${show}`,
    `RUN ${show} && :`,
    `ENV X=1\nRUN ${show}`,
    `ENV X=2\nRUN ${show}`,
    `ARG X=3\nRUN ${show}`,
    `WORKDIR /srv\nRUN ${show}`,
    `USER 7\nRUN ${show}`,
    `SHELL ["/bin/ash", "-e", "-c"]\nRUN ${show}`,
    `RUN --mount=type=tmpfs,target=/m ${show}`,
    `RUN --mount=type=bind,source=a,target=/m ${show}`,
    `RUN --mount=type=bind,source=b,target=/m ${show}`,
    `RUN --network=none ${show}`,
  ];
  for (const variant of variants) {
    const folder = await bench.context({ Dockerfile: `FROM alpine\n${variant}\n`, 'a/f': 'a', 'b/f': 'b' });
    const cached = await bench.build(folder);
    const cold = await bench.build(folder, { noCache: true });
    assert.equal(cached.manifest.digest, cold.manifest.digest, variant);
  }
});
