// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the substitutions are of the Dockerfile language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseIgnore } from '../ignore-file.ts';
import { parseDockerfile } from '../parse-dockerfile.ts';
import { type LintOptions, lintDockerfile } from './lint-dockerfile.ts';

/** `line Rule: message` of what BuildKit checks, or of one rule. */
function found(text: string, options: LintOptions & { readonly only?: string } = {}): string[] {
  const { only, ...rest } = options;
  const wanted: LintOptions = only === undefined ? { origin: 'buildkit', ...rest } : rest;
  return lintDockerfile(parseDockerfile(text), wanted)
    .filter(({ rule }) => only === undefined || rule === only)
    .map(({ rule, message, span }) => `${span.start.line} ${rule}: ${message}`);
}

// What BuildKit 0.32 says of each of these files, in our order: by place, then by rule.
const asBuildKit: readonly (readonly [text: string, expected: readonly string[], options?: LintOptions])[] = [
  [
    'FROM scratch AS Bad\nFROM scratch as b\nFROM scratch AS c\n',
    [
      "1 StageNameCasing: Stage name 'Bad' should be lowercase",
      "2 FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
    ],
  ],
  ['from scratch AS a\nfrom scratch as b\n', ["1 FromAsCasing: 'AS' and 'from' keywords' casing do not match"]],
  [
    'From scratch as a\nFROM scratch AS b\n',
    ["1 ConsistentInstructionCasing: Command 'From' should match the case of the command majority (uppercase)"],
  ],
  [
    'frOM scratch as a\nfrom scratch as b\n',
    ["1 ConsistentInstructionCasing: Command 'frOM' should match the case of the command majority (lowercase)"],
  ],
  [
    'FROM scratch\ncopy a /a\nCOPY a /b\n',
    ["2 ConsistentInstructionCasing: Command 'copy' should match the case of the command majority (uppercase)"],
  ],
  [
    'FROM scratch AS b\nFROM scratch AS B\n',
    [
      '2 DuplicateStageName: Duplicate stage name "b", stage names should be unique',
      "2 StageNameCasing: Stage name 'B' should be lowercase",
    ],
  ],
  [
    'FROM scratch AS context\n',
    ['1 ReservedStageName: Stage name should not use the same name as reserved stage "context"'],
  ],
  ['FROM scratch\nSHELL ["/x"]\nCMD a\nENTRYPOINT b\n', []],
  ['FROM scratch AS base\nSHELL ["/x"]\nFROM base\nCMD a\n', []],
  [
    'FROM example\nENTRYPOINT a\n',
    [
      '2 JSONArgsRecommended: JSON arguments recommended for ENTRYPOINT to prevent unintended behavior related to OS signals',
    ],
  ],
  ['FROM example\nENTRYPOINT a\n', [], { baseConfig: () => ({ shell: ['/bin/bash', '-c'] }) }],
  ['ARG base=scratch\nFROM $base\nFROM --platform=$BUILDPLATFORM scratch\n', []],
  ['ARG DEBUG\nFROM scratch$DEBUG\n', []],
  [
    'FROM --platform=$BULIDPLATFORM scratch\n',
    ["1 UndefinedArgInFrom: FROM argument 'BULIDPLATFORM' is not declared (did you mean BUILDPLATFORM?)"],
  ],
  [
    'ARG tag=latest\nFROM busybox:$tag$version AS b\n',
    ["2 UndefinedArgInFrom: FROM argument 'version' is not declared"],
  ],
  [
    'ARG SFX="box:"\nFROM busy$SFX\n',
    ['2 InvalidDefaultArgInFrom: Default value for ARG busy$SFX results in empty or invalid base image name'],
    { buildArgs: { SFX: 'box:1' } },
  ],
  ['ARG V=""\nFROM busybox:stable$V\n', []],
  [
    'FROM --platform=linux/amd64 scratch\n',
    ['1 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/amd64"'],
  ],
  ['FROM --platform=linux/amd64 scratch AS linux\n', []],
  ['FROM scratch AS a\nWORKDIR /app\nFROM a AS b\nWORKDIR sub\n', []],
  [
    'FROM scratch AS a\nWORKDIR app/\nWORKDIR more\n',
    ['2 WorkdirRelativePath: Relative workdir "app/" can have unexpected results if the base image changes'],
  ],
  ['FROM scratch\nARG foo\nCOPY a$foo /\n', []],
  ['FROM scratch AS base\nARG foo=a\nFROM base\nCOPY $foo /\n', []],
  ['FROM scratch\nCOPY $foo /\nARG foo=bar\n', ["2 UndefinedVar: Usage of undefined variable '$foo'"]],
  [
    'FROM scratch\nARG DIR_ASSETS=a\nCOPY $DIR_ASSET /\n',
    ["3 UndefinedVar: Usage of undefined variable '$DIR_ASSET' (did you mean $DIR_ASSETS?)"],
  ],
  [
    'FROM scratch\nENV PATH=$PAHT:/bin\n',
    ["2 UndefinedVar: Usage of undefined variable '$PAHT' (did you mean $PATH?)"],
  ],
  ['FROM example\nCOPY $elsewhere /\nWORKDIR $GOPATH/src\n', []],
  [
    'FROM example\nCOPY $elsewhere /\nWORKDIR $GOPATH/src\n',
    ["2 UndefinedVar: Usage of undefined variable '$elsewhere'"],
    {
      baseConfig: () => ({ env: ['GOPATH=/go'] }),
    },
  ],
  [
    'FROM scratch\nENTRYPOINT ["a"]\nCMD ["a"]\nENTRYPOINT ["b"]\nCMD ["b"]\n',
    [
      '2 MultipleInstructionsDisallowed: Multiple ENTRYPOINT instructions should not be used in the same stage because only the last one will be used',
      '3 MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage because only the last one will be used',
    ],
  ],
  ['FROM scratch AS a\nCMD ["a"]\nFROM a\nCMD ["b"]\n', []],
  [
    'FROM scratch\nENV k v\nLABEL k v\nENV k=v\n',
    [
      '2 LegacyKeyValueFormat: "ENV key=value" should be used instead of legacy "ENV key value" format',
      '3 LegacyKeyValueFormat: "LABEL key=value" should be used instead of legacy "LABEL key value" format',
    ],
  ],
  [
    'FROM --platform=${TARGETPLATFORM} scratch\n',
    [
      '1 RedundantTargetPlatform: Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior',
    ],
  ],
  [
    'FROM scratch\nEXPOSE 80/TcP 8080/udp 127.0.0.1:80:80 [::1]:8080:8080 5000:5000\n',
    [
      "2 ExposeProtoCasing: Defined protocol '80/TcP' in EXPOSE instruction should be lowercase",
      "2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:80:80'",
      "2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '[::1]:8080:8080'",
      "2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '5000:5000'",
    ],
  ],
  [
    'FROM scratch\nARG SECRET_PASSPHRASE\nENV password=bar secret=baz\nENV git_key=\nENV PUBLIC_KEY= secret_File=x\nARG AUTH_MODULE_VERSION sunflower\n',
    [
      '2 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "SECRET_PASSPHRASE")',
      '3 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "password")',
      '3 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "secret")',
      '4 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "git_key")',
    ],
  ],
  [
    'FROM scratch\nCOPY Dockerfile .\nADD ./Dockerfile /w\nCOPY --from=x Dockerfile /\n',
    [
      '2 CopyIgnoredFile: Attempting to Copy file "Dockerfile" that is excluded by .dockerignore',
      '3 CopyIgnoredFile: Attempting to Add file "Dockerfile" that is excluded by .dockerignore',
    ],
    { ignore: parseIgnore('Dockerfile') },
  ],
  ['FROM scratch\nCOPY Dockerfile .\nCOPY . .\n', [], { ignore: parseIgnore('**\n!Dockerfile') }],
  ['FROM scratch\nCOPY . .\n', [], { ignore: parseIgnore('.*') }],
  [
    'FROM scratch\nCOPY . .\n',
    ['2 CopyIgnoredFile: Attempting to Copy file "." that is excluded by .dockerignore'],
    {
      ignore: parseIgnore('*'),
    },
  ],
  [
    '# check=experimental=InvalidDefinitionDescription\n# bar is bar\nARG foo=bar\n# BasE image\nFROM scratch AS base\n# bad\nARG foo=baz bar=qux\n# version is it\nARG version\n',
    [
      '2 InvalidDefinitionDescription: Comment for ARG should follow the format: `# foo <description>`',
      '4 InvalidDefinitionDescription: Comment for FROM should follow the format: `# base <description>`',
      '6 InvalidDefinitionDescription: Comment for ARG should follow the format: `# <arg_key> <description>`',
    ],
  ],
  [
    'FROM --platform=linux/arm64 example AS arm64\n',
    [
      '1 InvalidBaseImagePlatform: Base image example was pulled with platform "linux/amd64", expected "linux/arm64" for current build',
    ],
    { baseConfig: () => ({ platform: { os: 'linux', architecture: 'amd64' } }) },
  ],
];

for (const [text, expected, options] of asBuildKit) {
  test(`says what BuildKit says of ${JSON.stringify(text.slice(0, 60))}${options === undefined ? '' : ` with ${Object.keys(options)}`}`, () => {
    assert.deepEqual(found(text, options), expected);
  });
}

const casing = 'FROM scratch as base\ncopy a /a\n';

test('# check= on top leaves rules out, and the option takes its place', () => {
  const rules = (text: string, options?: LintOptions) => found(text, options).map((line) => line.split(/[ :]/)[1]);
  assert.deepEqual(rules(casing), ['FromAsCasing', 'ConsistentInstructionCasing']);
  assert.deepEqual(rules(`# check=skip=all\n${casing}`), []);
  assert.deepEqual(rules(`#check=skip=FromAsCasing , x;error=true a reason\n${casing}`), [
    'ConsistentInstructionCasing',
  ]);
  assert.deepEqual(rules(`# check=skip=all\n${casing}`, { check: 'skip=FromAsCasing' }), [
    'ConsistentInstructionCasing',
  ]);
  assert.deepEqual(rules(casing, { skip: ['ConsistentInstructionCasing'] }), ['FromAsCasing']);
});

test('a comment above an instruction leaves rules out for it alone', () => {
  const text =
    'FROM scratch\n# check=skip=SecretsUsedInArgOrEnv // on purpose\nENV password=a\n# check=skip=all\nARG token\nENV password=b\n';
  assert.deepEqual(
    found(text).map((line) => line[0]),
    ['6'],
  );
});

test('a check directive that cannot be read is an error at its place', () => {
  for (const check of ['skp=all', 'error=maybe', 'all', 'skip=a;;']) {
    assert.throws(
      () => lintDockerfile(parseDockerfile(`# check=${check}\nFROM scratch`)),
      (error) => isLadingError(error, 'DOCKERFILE_INVALID') && error.message.startsWith('Dockerfile:1:1: '),
      check,
    );
  }
});

test('only the stages that are built are checked, but all of their names', () => {
  const text = 'FROM scratch AS A\nENV k v\nFROM scratch\nENV l w\n';
  assert.deepEqual(
    found(text, { stages: new Set([1]) }).map((line) => line.split(':')[0]),
    ['1 StageNameCasing', '4 LegacyKeyValueFormat'],
  );
});

test('variables that are signs to a shell are told of like any other', () => {
  for (const name of ['-', '@', '#', '!', '*', '$', '1']) {
    const dockerfile = parseDockerfile(`FROM scratch\nENV A=\${${name}} B=$${name}\n`);
    for (const { message } of lintDockerfile(dockerfile, { origin: 'buildkit' })) assert.match(message, /undefined/);
  }
});
