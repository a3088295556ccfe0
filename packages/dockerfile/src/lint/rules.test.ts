import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIgnore } from '../ignore-file.ts';
import { parseDockerfile } from '../parse-dockerfile.ts';
import { type LintOptions, lintDockerfile } from './lint-dockerfile.ts';
import { rules } from './rules.ts';

/** What two rules have to be told before they find anything. */
const knowledge: Readonly<Record<string, LintOptions>> = {
  CopyIgnoredFile: { ignore: parseIgnore('ignored.txt') },
  InvalidBaseImagePlatform: { baseConfig: () => ({ platform: { os: 'linux', architecture: 'arm64' } }) },
};

for (const { name, example } of rules) {
  const found = (text: string): string[] =>
    lintDockerfile(parseDockerfile(text), knowledge[name] ?? {}).map(({ rule }) => rule);
  test(`${name} finds its bad example and not its good one`, () => {
    assert.ok(found(example.bad).includes(name), `nothing found in ${example.bad}`);
    assert.deepEqual(
      found(example.good).filter((rule) => rule === name),
      [],
      example.good,
    );
  });
}

test('every check of BuildKit is there under its name', () => {
  assert.deepEqual(
    rules.filter(({ origin }) => origin === 'buildkit').map(({ name }) => name),
    [
      'ConsistentInstructionCasing',
      'CopyIgnoredFile',
      'DuplicateStageName',
      'ExposeInvalidFormat',
      'ExposeProtoCasing',
      'FromAsCasing',
      'FromPlatformFlagConstDisallowed',
      'InvalidBaseImagePlatform',
      'InvalidDefaultArgInFrom',
      'InvalidDefinitionDescription',
      'JSONArgsRecommended',
      'LegacyKeyValueFormat',
      'MaintainerDeprecated',
      'MultipleInstructionsDisallowed',
      'NoEmptyContinuation',
      'RedundantTargetPlatform',
      'ReservedStageName',
      'SecretsUsedInArgOrEnv',
      'StageNameCasing',
      'UndefinedArgInFrom',
      'UndefinedVar',
      'WorkdirRelativePath',
    ],
  );
});

test('a rule is told apart by its name and says in sentences what it wants', () => {
  assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
  for (const { name, summary, help } of rules) {
    assert.match(name, /^[A-Z][A-Za-z]+$/);
    assert.doesNotMatch(summary, /\.$/);
    assert.match(help, /[.…]$/, name);
  }
});
