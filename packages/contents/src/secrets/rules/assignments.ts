import type { SecretRule } from '../rule.ts';

const name = '(?:pass(?:words?|wd|phrase)|secret|token|credentials?|(?:api|access|auth|private|encryption)[-_]?key)';
const keywords = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'credential',
  ...['api', 'access', 'auth', 'private', 'encryption'].flatMap((kind) => [`${kind}key`, `${kind}_key`, `${kind}-key`]),
];

/** Values that are like chance under a name that says what they are, whoever made them. */
export const assignments: readonly SecretRule[] = [
  {
    id: 'assigned-secret',
    title: 'Value that looks like a secret',
    severity: 'medium',
    keywords,
    // A name that goes on, such as with `_file` or `_url`, is of something else.
    pattern: `${name}[_-]?\\d?["'\`\\]]{0,2}[ \\t]{0,8}(?:=>|:=|[=:])[ \\t]{0,4}["'\`]([^\\s"'\`<>{}\\\\]{8,200})["'\`]`,
    ignoreCase: true,
    within: true,
    gate: 'assignment',
    judge: 'guess',
    entropy: 3.2,
    generic: true,
    finds: [
      'const password = "x7{alnum:14}";',
      "api_key: '{alnum:32}'",
      '"clientSecret": "{word:24}"',
      'apiKey := "{hex:40}"',
    ],
    ignores: [
      'password = "your-password"',
      'password = "correct horse"',
      'token = "access_token"',
      'secret: "{ref:SECRET}"',
      'const tokenType = "bearer-token-2";',
      '"integrity": "sha512-{base64:80}"',
      'password: "secret"',
      'api_key = "AAAAAAAAAAAAAAAA"',
      'tokenUrl = "https://example.org/oauth2/v1"',
      'password = "/run/secrets/db1"',
    ],
  },
  {
    id: 'assigned-variable',
    title: 'Variable that looks like a secret',
    severity: 'medium',
    keywords,
    // Without quotes only in the form of environments and properties: a line of its own, a name in one case, no spaces.
    pattern: `${name}(?:_?\\d)?(?:=|: )([\\w!@#$%^&*+/=~.-]{12,200})(?=[\\r\\n]|$)`,
    ignoreCase: true,
    within: true,
    gate: 'assignment',
    judge: 'guess',
    entropy: 3.5,
    generic: true,
    finds: ['DB_PASSWORD=x7{alnum:18}', 'export API_TOKEN={alnum:40}\n', 'spring.datasource.password=9{alnum:15}'],
    ignores: [
      'DB_PASSWORD=changeme12345',
      'TOKEN={ref:TOKEN:-none}',
      'token=self.next_token1',
      'SECRET=/run/secrets/db1',
      'password=getpass.getpass2',
      'access_key: string1.something2',
    ],
  },
];
