import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandGroups } from './command-table.ts';
import { commandOf } from './run-command.ts';
import { openSandbox } from './testing/lading.ts';

const commands = commandGroups.flatMap((group) => group.commands);

const several = commands.flatMap(({ verbs }) => (verbs === undefined ? [] : [verbs()]));
const verbs = (await Promise.all(several)).flatMap((module) => module.verbs);

for (const entry of [...commands, ...verbs]) {
  test(`the help of lading ${entry.name} has options and examples`, async () => {
    const { command } = await entry.load();
    let help = '';
    commandOf(entry, command)
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      })
      .outputHelp();
    assert.match(help, new RegExp(`^Usage: lading ${entry.name} `));
    assert.match(help, new RegExp(`^Examples:\\n(?: {2}.*\\n)* {2}.*lading ${entry.name}`, 'm'));
    for (const option of ['--json', '--root', '--quiet', '--help']) assert.ok(help.includes(option), option);
  });
}

test('lading --help lists every command; without arguments it goes to stderr and is an error', async (t) => {
  const sandbox = await openSandbox(t);
  const help = await sandbox.run(['--help']);
  assert.equal(help.code, 0);
  for (const { name, summary } of commands) assert.match(help.stdout, new RegExp(`^ {2}${name} +${summary}`, 'm'));
  const pull = await sandbox.run(['pull', '--help']);
  assert.deepEqual([pull.code, pull.stderr], [0, '']);
  assert.equal((await sandbox.run(['help', 'pull'])).stdout, pull.stdout);
  const none = await sandbox.run([]);
  assert.deepEqual([none.code, none.stdout], [2, '']);
  assert.equal(none.stderr, help.stdout);
  assert.match((await sandbox.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

const failures: readonly (readonly [code: number, args: readonly string[], error: RegExp])[] = [
  [2, ['pul'], /no command "pul".*\n {2}hint: Did you mean "pull"\?/],
  [2, ['--quiet', 'ls'], /the command stands before its options/],
  [2, ['pull'], /missing required argument 'image' \[USAGE\]/],
  [2, ['pull', 'a', 'b'], /too many arguments/],
  [
    2,
    ['pull', '--platfrom', 'linux', 'a'],
    /unknown option '--platfrom' \[USAGE\]\n {2}hint: Did you mean --platform\?/,
  ],
  [2, ['pull', 'UPPER/case:tag:tag'], /\[REFERENCE_INVALID\]/],
  [2, ['pull', '--platform', 'no/such/thing/at/all', 'a'], /\[PLATFORM_INVALID\]/],
  [2, ['pull', '--platform', 'linux/arm64', '--all-platforms', 'a'], /exclude each other/],
  [2, ['save', '--format', 'zip', 'a'], /no such format/],
  [2, ['serve', '--listen', 'nowhere'], /\[USAGE\]/],
  [2, ['registry', 'repos'], /no verb "repos"/],
  [2, ['login', 'https://registry.example.org/'], /\[REFERENCE_INVALID\]/],
  [2, ['login', '-u', 'me', 'registry.example.org'], /there is no terminal/],
  [5, ['tag', 'absent', 'b'], /\[REFERENCE_NOT_FOUND\]/],
  [5, ['history', 'local:absent'], /\[REFERENCE_NOT_FOUND\]/],
  [5, ['load', '-i', 'absent.tar'], /\[FILE_NOT_FOUND\]/],
  [6, ['pull', '127.0.0.1:1/unreachable'], /\[REGISTRY_UNREACHABLE\]/],
];

for (const [code, args, error] of failures) {
  test(`lading ${args.join(' ')} ends with ${code} and says what to do`, async (t) => {
    const sandbox = await openSandbox(t);
    const failed = await sandbox.run(args);
    assert.equal(failed.code, code, failed.stderr);
    assert.equal(failed.stdout, '');
    assert.match(failed.stderr, error);
    assert.match(failed.stderr, /^lading: .* \[[A-Z_]+\]\n(?: {2}because: .*\n)* {2}hint: .*\n$/);
  });
}

const failuresAsJson: readonly (readonly [code: number, args: readonly string[], error: string])[] = [
  [2, ['pul', '--json'], 'USAGE'],
  [2, ['--json', 'ls'], 'USAGE'],
  [2, ['pull', '--platfrom', 'linux', '--json'], 'USAGE'],
  [2, ['save', '--json', 'a'], 'USAGE'],
  [5, ['tag', '--json', 'absent', 'b'], 'REFERENCE_NOT_FOUND'],
];

for (const [code, args, error] of failuresAsJson) {
  test(`lading ${args.join(' ')} ends with ${code} and one JSON object on stderr`, async (t) => {
    const sandbox = await openSandbox(t);
    const failed = await sandbox.run(args);
    assert.deepEqual([failed.code, failed.stdout], [code, '']);
    const { error: told } = JSON.parse(failed.stderr) as { error: { code: string; message: string; hint: string } };
    assert.equal(told.code, error);
    assert.ok(told.message.length > 0 && told.hint.length > 0);
  });
}

test('a reader that closes its pipe early is not an error', async (t) => {
  const sandbox = await openSandbox(t);
  const early = await sandbox.shell(
    '{ lading --help; echo "$?" >&2; } | true; { lading pull --help; echo "$?" >&2; } | true; { lading ls; echo "$?" >&2; } | true',
  );
  assert.deepEqual([early.code, early.stderr], [0, '0\n0\n0\n']);
});
