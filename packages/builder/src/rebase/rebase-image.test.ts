import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import type { Image } from '@lading/image';
import type { BuildRequest } from '../request.ts';
import { type Workbench, workbench } from '../testing/workbench.ts';
import { planReasons, planRebase } from './plan-rebase.ts';
import { type Rebased, rebaseImage } from './rebase-image.ts';

/** Two versions of one base. */
async function bases(bench: Workbench, old: string, next: string, files: Record<string, string>): Promise<Image[]> {
  const images: Image[] = [];
  for (const dockerfile of [old, next]) {
    const context = await bench.context({ Dockerfile: dockerfile, ...files });
    images.push(await bench.image(await bench.build(context)));
  }
  return images;
}

const files = { 'etc/passwd': 'root:x:0:0::/:/bin/sh\n', one: '1', two: '2' };

async function buildOn(bench: Workbench, base: Image, dockerfile: string, request: Partial<BuildRequest> = {}) {
  bench.images.set('base', base);
  const context = await bench.context({ Dockerfile: dockerfile, a: 'A', b: 'B' });
  return bench.image(await bench.build(context, request));
}

async function rebased(bench: Workbench, image: Image, base: Image, onto: Image, force = false): Promise<Rebased> {
  return rebaseImage(bench.output, { image, base, onto, ontoName: 'base', linksHold: true, force });
}

const oldBase = [
  'FROM scratch',
  'COPY etc /etc',
  'COPY one /one',
  'ENV A=old B=gone C=same',
  'LABEL version=1 kept=1',
  'USER 1',
  'CMD ["old"]',
].join('\n');
const newBase = [
  'FROM scratch',
  'COPY etc /etc',
  'COPY two /one',
  'COPY two /two',
  'ENV A=new C=same D=added',
  'LABEL version=2 kept=1',
  'USER 2',
  'EXPOSE 80',
  'CMD ["new"]',
].join('\n');

test('an image of linked layers on a new base is byte for byte what a build on that base gives', async (t) => {
  const bench = await workbench(t);
  const [old, next] = await bases(bench, oldBase, newBase, files);
  assert.ok(old && next);
  for (const dockerfile of [
    'FROM base\nCOPY --link a /x/a\nENV MINE=1 C=same\nLABEL own=1 version=1\nADD --link b /y/\nENTRYPOINT ["/x/a"]\n',
    'FROM base\nCOPY --link --chown=5:6 a b /x/\nUSER 7\nWORKDIR /srv\nCMD ["mine"]\n',
    'FROM base\nCOPY --link a /one\n',
    'FROM base\n',
  ]) {
    const image = await buildOn(bench, old, dockerfile);
    const scratch = await buildOn(bench, next, dockerfile);
    const { manifest, plan } = await rebased(bench, image, old, next);
    assert.ok(plan.safe);
    assert.deepEqual((await bench.image({ manifest })).config, scratch.config);
    assert.deepEqual((await bench.image({ manifest })).manifest, scratch.manifest);
    assert.equal(manifest.digest, scratch.descriptor.digest, dockerfile);
  }
});

test('rebasing there and back gives the image again', async (t) => {
  const bench = await workbench(t);
  const [old, next] = await bases(bench, oldBase, newBase, files);
  assert.ok(old && next);
  const image = await buildOn(bench, old, 'FROM base\nCOPY --link a /x/a\nENV MINE=1\n');
  const there = await bench.image(await rebased(bench, image, old, next));
  const back = await rebased(bench, there, next, old);
  assert.equal(back.manifest.digest, image.descriptor.digest);
});

test('what is copied without --link may be put on a base that is alike around it', async (t) => {
  const bench = await workbench(t);
  const [old, next] = await bases(bench, oldBase, newBase, files);
  assert.ok(old && next);
  const image = await buildOn(
    bench,
    old,
    'FROM base\nCOPY a /app/a\nCOPY b /etc/b\nCOPY b /one\nUSER 0\nWORKDIR /srv/x\n',
  );
  const { plan, manifest } = await rebased(bench, image, old, next);
  assert.deepEqual(planReasons(plan), []);
  assert.deepEqual(
    plan.layers.map(({ kind }) => kind),
    ['files', 'files', 'files', 'files'],
  );
  const shown = await bench.files({ manifest });
  assert.equal(shown['app/a'], '0644 0:0 A');
  assert.equal(shown.one, '0644 0:0 B');
  assert.equal(shown.two, '0644 0:0 2');
});

test('what a layer took from its base makes it unsafe, and each layer says why', async (t) => {
  const bench = await workbench(t);
  const before =
    'FROM scratch\nCOPY etc /etc\nCOPY --chmod=755 one /d/x\nENV HOME=/h1\nWORKDIR /w1\nUSER 1\nSHELL ["/a"]\n';
  const after =
    'FROM scratch\nCOPY two /etc/passwd\nCOPY one /d\nENV HOME=/h2\nWORKDIR /w2\nSHELL ["/b"]\nONBUILD USER 1\n';
  const [old, next] = await bases(bench, before, after, files);
  assert.ok(old && next);
  const reasonsOf = async (dockerfile: string): Promise<string> => {
    const image = await buildOn(bench, old, dockerfile);
    const plan = await planRebase({ image, base: old, onto: next, linksHold: true });
    assert.equal(plan.safe, false);
    return planReasons(plan).join('\n');
  };
  assert.match(await reasonsOf('FROM base\n'), /ONBUILD triggers/);
  assert.match(await reasonsOf('FROM base\nCOPY --link a $HOME/a\n'), /uses \$HOME/);
  assert.match(await reasonsOf('FROM base\nCOPY --link a x\n'), /relative to the WORKDIR/);
  assert.match(await reasonsOf('FROM base\nWORKDIR sub\n'), /starts at the WORKDIR/);
  assert.match(await reasonsOf('FROM base\nCMD run\n'), /SHELL of the base/);
  assert.match(await reasonsOf('FROM base\nCOPY --link --chown=root a /a\n'), /layer \d.*another \/etc\/passwd/);
  assert.match(await reasonsOf('FROM base\nWORKDIR /d\n'), /WORKDIR \/d: the new base has no folder \/d/);
  assert.match(await reasonsOf('FROM base\nWORKDIR /new\n'), /its folder belongs to the USER of the base/);
  assert.match(
    await reasonsOf('FROM base\nCOPY a /d/z\n'),
    /layer 4 \(COPY a .*\): \/d is a directory 0755 0:0 in its base and a file 0644 0:0 in the new one/,
  );
});

test('a layer of a process is refused, with what it touches, unless it is forced', async (t) => {
  const bench = await workbench(t);
  const [old, next] = await bases(bench, oldBase, newBase, files);
  assert.ok(old && next);
  const image = await buildOn(bench, old, 'FROM base\nCOPY a /one\n');
  const [last] = (image.config.history ?? []).slice(-1);
  const ran: Image = {
    ...image,
    config: {
      ...image.config,
      history: [...(image.config.history ?? []).slice(0, -1), { ...last, created_by: 'RUN sed -i s/1/A/ /one' }],
    },
  };
  await assert.rejects(rebased(bench, ran, old, next), (error) => {
    assert.ok(isLadingError(error, 'REBASE_REFUSED'));
    assert.match(error.message, /layer 3 \(RUN sed .*\): what a RUN gives may depend on anything in its base/);
    return true;
  });
  const { plan, manifest } = await rebased(bench, ran, old, next, true);
  assert.equal(plan.safe, false);
  assert.equal((await bench.files({ manifest })).one, '0644 0:0 A');
});

test('another base than the one it was built on is refused, also when forced', async (t) => {
  const bench = await workbench(t);
  const [old, next] = await bases(bench, oldBase, newBase, files);
  assert.ok(old && next);
  const image = await buildOn(bench, old, 'FROM base\nCOPY --link a /a\n');
  await assert.rejects(rebased(bench, image, next, old, true), /not its lowest/);
  const foreign: Image = { ...next, platform: { os: 'linux', architecture: 'arm64' } };
  await assert.rejects(rebased(bench, image, old, foreign), /for linux\/amd64, the new base for linux\/arm64/);
});

test('without provenance that vouches for it, a linked layer is looked at like any other', async (t) => {
  const bench = await workbench(t);
  const [old, next] = await bases(bench, oldBase, newBase, files);
  assert.ok(old && next);
  const image = await buildOn(bench, old, 'FROM base\nCOPY --link a /a\n');
  const plan = await planRebase({ image, base: old, onto: next, linksHold: false });
  assert.deepEqual(
    plan.layers.map(({ kind, reasons }) => [kind, reasons]),
    [['files', []]],
  );
});
