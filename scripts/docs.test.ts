// Documentation that runs: every ```ts block of a README or of docs/ is executed with Node, from the folder of its package,
// and every ```sh block with sh in an empty folder, with bin/ on PATH and a Lading home of its own.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runProgram, temporaryFolder } from '@lading/testkit';

const root = join(import.meta.dirname, '..');

interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** Every fenced block of a Markdown text. */
function snippetsOf(file: string, text: string): Snippet[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    code: match[2] ?? '',
  }));
}

const files = globSync(['README.md', 'docs/*.md', 'packages/*/README.md'], { cwd: root }).sort();
const snippets = files.flatMap((file) => snippetsOf(file, readFileSync(join(root, file), 'utf8')));

test('every package has a README with an example that runs', () => {
  const packages = globSync('packages/*/package.json', { cwd: root }).map(dirname);
  assert.ok(packages.length > 10);
  for (const folder of packages) {
    const own = snippets.filter((snippet) => snippet.file === `${folder}/README.md`);
    assert.ok(
      own.some((snippet) => snippet.language === 'ts' || snippet.language === 'sh'),
      `${folder}/README.md has no example`,
    );
  }
});

for (const snippet of snippets) {
  const where = `${snippet.file}:${snippet.line}`;
  if (snippet.language === 'ts') test(`the example at ${where} runs`, () => runTypeScript(snippet));
  else if (snippet.language === 'sh') test(`the commands at ${where} run`, (t) => runShell(t, snippet));
  else if (!['text', 'dockerfile', 'yaml', 'json', 'mermaid'].includes(snippet.language)) {
    test(`the block at ${where} names its language`, () => assert.fail('use ts, sh, text, dockerfile, yaml or json'));
  }
}

async function runTypeScript(snippet: Snippet): Promise<void> {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', snippet.code];
  const result = await runProgram(process.execPath, args, { cwd: join(root, dirname(snippet.file)) });
  assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`);
}

async function runShell(t: Parameters<typeof temporaryFolder>[0], snippet: Snippet): Promise<void> {
  // The two commands for newcomers are run by continuous integration itself; here only that they exist.
  const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
  const commands = snippet.code.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const npm = commands.map((line) => /^npm (?:run )?(\w+)/.exec(line)?.[1]);
  if (npm.every((name) => name !== undefined)) {
    for (const name of npm) assert.ok(name !== undefined && name in scripts, `package.json has no script "${name}"`);
    return;
  }
  const folder = await temporaryFolder(t);
  const env = {
    ...process.env,
    // The package that `npm test` builds, which is what readers have and starts faster; else the checkout.
    PATH: `${dirname(process.env.LADING_PROGRAM ?? join(root, 'bin/lading'))}:${process.env.PATH}`,
    LADING_HOME: join(folder, '.lading'),
    HOME: folder,
  };
  const result = await runProgram('sh', ['-euc', snippet.code], { cwd: folder, env, timeoutMs: 240_000 });
  assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`);
}
