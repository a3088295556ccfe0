import assert from 'node:assert/strict';
import { chmod, mkdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, fromBuffer } from '@lading/bytes';
import { Secret } from '@lading/errors';
import { type Image, openImage, writeImage, writeLayer } from '@lading/image';
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

type Change = (inputs: Inputs) => Inputs;
type File = Inputs['files'] extends ReadonlyMap<string, infer T> ? T : never;

function withFile(at: string, change: (file: File) => File | undefined): Change {
  return (inputs) => {
    const files = new Map(inputs.files);
    const file = change(files.get(at) ?? { text: '', mode: 0o644 });
    if (file === undefined) files.delete(at);
    else files.set(at, file);
    return { ...inputs, files };
  };
}

/** One input each, at its place. */
const changes: readonly Change[] = [
  ...['a.txt', 'sub/deep/d', 'b.txt'].flatMap((at) => [
    withFile(at, (file) => ({ ...file, text: `${file.text}\0` })),
    withFile(at, (file) => ({ ...file, text: 'z'.repeat(file.text.length) })),
    withFile(at, (file) => ({ ...file, mode: file.mode ^ 0o111 })),
  ]),
  ...['new.txt', 'sub/new', 'sub/deep/new', 'sub/new.md'].map((at) => withFile(at, (file) => file)),
  ...['b.txt', 'sub/c.md', 'sub/new'].map((at) => withFile(at, () => undefined)),
  ...['b.txt', 'sub'].map(
    (link): Change =>
      (inputs) => ({ ...inputs, link }),
  ),
  ...['b.txt\n', '*/*.md\n', 'sub/c.md\n'].map(
    (ignore): Change =>
      (inputs) => ({ ...inputs, ignore }),
  ),
  ...[{ text: 'y' }, { mode: 0o755 }, { mode: 0o600 }, { xattr: 'one' }, { xattr: 'two' }].flatMap((part): Change[] => [
    (inputs) => ({ ...inputs, archive: { ...inputs.archive, ...part } }),
    (inputs) => ({ ...inputs, base: { ...inputs.base, ...part } }),
  ]),
  ...[{ uid: 7 }, { env: 'A=2' }, { env: 'WHERE=/other' }].map(
    (part): Change =>
      (inputs) => ({ ...inputs, base: { ...inputs.base, ...part } }),
  ),
  ...[{ PLACE: 'x' }, { NAME: 'x' }, { CHMOD: '600' }, { CHMOD: '640' }].map(
    (part): Change =>
      (inputs) => ({ ...inputs, buildArgs: { ...inputs.buildArgs, ...part } }),
  ),
  ...[
    ['WORKDIR', 'USER 7\nWORKDIR'],
    ['/tools\n', '/tools2\n'],
    ['--parents', '--parents --chown=7:7'],
    ['--exclude=*.md', '--exclude=*.txt'],
    ['/srv/inline', '/srv/inline2'],
    ['ADD archive', 'COPY archive'],
  ].map(
    ([from = '', to = '']): Change =>
      (inputs) => ({ ...inputs, dockerfile: inputs.dockerfile.replace(from, to) }),
  ),
  (inputs) => ({ ...inputs, epoch: inputs.epoch + 1 }),
];

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
  await symlink(inputs.link, join(folder, 'sub/deep/link'));
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
  const isLong = process.env.CI === 'true';
  const folder = join(await temporaryFolder(t), 'context');
  const output = createMemoryRepository();
  const [warm, cold] = [await workbench(t, { output }), await workbench(t, { output })];
  const compare = async (inputs: Inputs): Promise<string> => {
    await lay(folder, warm, inputs);
    cold.images.set('base', warm.images.get('base') as Image);
    const cached = await outcome(warm, folder, inputs);
    assert.equal(cached, await outcome(cold, folder, inputs, { noCache: true }));
    return cached;
  };
  // Each alone. Some touch only what the image leaves out; else this would prove nothing.
  const digests = new Set([await compare(start)]);
  for (const change of changes) digests.add(await compare(change(start)));
  assert.ok(digests.size > changes.length - 6, `${digests.size} of ${changes.length}`);
  // And any of them on top of others.
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...changes), { minLength: 2, maxLength: 5 }), async (chosen) => {
      let inputs = start;
      for (const change of chosen) {
        inputs = change(inputs);
        await compare(inputs);
      }
    }),
    { numRuns: isLong ? 80 : 4 },
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
    ...['id=one', 'id=two', 'id=none', 'id=one,target=/m/s', 'id=two,target=/m/s', 'id=one,env=S', 'id=two,env=S'].map(
      (secret) => `RUN --mount=type=secret,${secret} ${show}`,
    ),
    `RUN --network=none ${show}`,
  ];
  const secrets = new Map(['one', 'two'].map((id) => [id, { kind: 'value', value: new Secret(`of ${id}`) }] as const));
  for (const variant of variants) {
    const folder = await bench.context({ Dockerfile: `FROM alpine\n${variant}\n`, 'a/f': 'a', 'b/f': 'b' });
    const cached = await bench.build(folder, { secrets });
    const cold = await bench.build(folder, { secrets, noCache: true });
    assert.equal(cached.manifest.digest, cold.manifest.digest, variant);
  }
});
