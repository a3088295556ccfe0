// Whoever looks into an image made to harm gets an answer: in bounded time and memory, with a warning for what cannot be read, and with
// nothing in it that the image says to the terminal or the browser.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLongRun } from '@lading/testkit';
import { sbomSchema } from '../../packages/contents/src/testing/sbom-schemas.ts';
import { type Lading, openLading } from '../lading.ts';
import { allCases } from './hostile/all-cases.ts';
import { breakLayout, breaks } from './hostile/break-layout.ts';
import { textCases } from './hostile/cases/texts.ts';
import { emptyAdvisories } from './hostile/empty-advisories.ts';
import { judgeFacts, judgeMarkup, judgeRun } from './hostile/judge.ts';
import { type Measured, runMeasured } from './hostile/measured-lading.ts';
import { writeCase } from './hostile/write-case.ts';

const timeoutMs = 300_000;
const isLong = process.env.CI === 'true';

function figures(name: string, { ms, peakBytes }: Measured): string {
  const memory = peakBytes === undefined ? '' : `, ${(peakBytes / 1e6).toFixed(0)} MB`;
  return `${name}: ${(ms / 1000).toFixed(1)} s${memory}`;
}

test('an image of everything hostile is looked into, with a warning for each file that cannot be read', async (t) => {
  const lading = await openLading(t);
  const { folder } = lading;
  const fast = allCases.filter(({ slow }) => slow !== true);
  const config = textCases[0]?.config;
  // One image for all: starting the program once for each would take most of the time.
  await writeCase(join(folder, 'image'), {
    layers: () => fast.filter(({ apart }) => apart !== true).flatMap(({ layers }) => [...layers()]),
    ...(config === undefined ? {} : { config }),
  });
  const run = await runMeasured(['sbom', '--json', 'oci:image'], { folder, timeoutMs });
  t.diagnostic(figures('all at once', run));
  const told = fast.filter(({ apart }) => apart !== true);
  const facts = judgeFacts(
    { warned: told.flatMap(({ warned = [] }) => warned), found: told.flatMap(({ found = [] }) => found) },
    run.stdout,
  );
  assert.deepEqual([...judgeRun(run), ...facts], []);
  await assertReports(t, lading);
});

/** Every format of every report on `oci:image`, whose facts are kept by now. */
async function assertReports(t: TestContext, lading: Lading): Promise<void> {
  const { folder } = lading;
  const database = await emptyAdvisories(lading);
  const scan = ['scan', '--database', database, 'oci:image'];
  const more = ['json', 'sarif', 'cyclonedx', 'openvex', 'junit', 'markdown'];
  const runs = [
    ['sbom', '--format', 'cyclonedx', 'oci:image'],
    ...['table', 'html', ...(isLong ? more : [])].map((format) => [...scan, '--format', format]),
    ...(isLong
      ? [
          ['sbom', 'oci:image'],
          ['sbom', '--format', 'cyclonedx-1.7', 'oci:image'],
          ['sbom', '--format', 'spdx', 'oci:image'],
          ['history', 'oci:image'],
          ['inspect', 'oci:image'],
        ]
      : []),
  ];
  const schemas = new Map([
    ['sbom --format cyclonedx', sbomSchema(t, 'cyclonedx-1.6')],
    ['sbom --format cyclonedx-1.7', sbomSchema(t, 'cyclonedx-1.7')],
    ['sbom --format spdx', sbomSchema(t, 'spdx-2.3')],
    ['scan --format cyclonedx', sbomSchema(t, 'cyclonedx-1.6')],
  ]);
  const judge = async (args: readonly string[]): Promise<void> => {
    const name = [args[0], ...(args.includes('--format') ? ['--format', args[args.indexOf('--format') + 1]] : [])].join(
      ' ',
    );
    const run = await runMeasured(args, { folder, timeoutMs });
    const text = Buffer.from(run.stdout, 'latin1').toString();
    const wrong = [...judgeRun(run)];
    if (/html|junit|markdown/.test(name)) wrong.push(...judgeMarkup(text));
    if (/json|sarif|cyclonedx|openvex|spdx/.test(name))
      wrong.push(...(schemas.get(name)?.(JSON.parse(text)) ?? []).slice(0, 5));
    assert.deepEqual(wrong, [], name);
  };
  // Two at a time: starting the program is most of it.
  await Promise.all(
    [0, 1].map(async (lane) => {
      for (const [at, args] of runs.entries()) if (at % 2 === lane) await judge(args);
    }),
  );
}

for (const one of allCases.filter(({ slow, apart }) => slow === true || apart === true)) {
  test(`looks into ${one.name}`, async (t) => {
    if (one.slow && !isLongRun(t)) return;
    const lading = await openLading(t);
    const { folder } = lading;
    await writeCase(join(folder, 'image'), one);
    const sbom = await runMeasured(['sbom', '--json', 'oci:image'], { folder, timeoutMs });
    t.diagnostic(figures('sbom', sbom));
    const facts = sbom.code === 0 ? judgeFacts(one, sbom.stdout) : [];
    assert.deepEqual([...judgeRun(sbom, one), ...facts], [], 'sbom');
    if (!isLong) return;
    // Once more: secrets are looked for in what was passed over.
    const scan = await runMeasured(['scan', '--json', '--database', await emptyAdvisories(lading), 'oci:image'], {
      folder,
      timeoutMs,
    });
    t.diagnostic(figures('scan', scan));
    assert.deepEqual(judgeRun(scan, one), [], 'scan');
    await rm(join(folder, 'image'), { recursive: true });
  });
}

test('an image whose parts are not what it says is refused, by name', async (t) => {
  const { folder } = await openLading(t);
  for (const [what, { code, message }] of Object.entries(breaks)) {
    await breakLayout(join(folder, 'image'), what);
    const run = await runMeasured(['sbom', 'oci:image'], { folder, timeoutMs });
    assert.equal(run.code, code, `${what}: ${run.stderr}`);
    assert.match(run.stderr, message, what);
    await rm(join(folder, 'image'), { recursive: true });
  }
});
