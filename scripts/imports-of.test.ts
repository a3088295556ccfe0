// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings here are source code
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { importsOf, tokensOf } from './imports-of.ts';

const found = (source: string): string[] =>
  importsOf(tokensOf(source)).map(({ specifier, line }) => `${specifier ?? '?'}:${line}`);

test('importsOf() finds every form of import', () => {
  const source = [
    "import a from 'a';",
    "import type { B } from 'b';",
    "import c, { type from, d as from2 } from 'c';",
    "import * as e from 'e';",
    "import 'f';",
    "export { g } from 'g';",
    "export type { H } from 'h';",
    "export * from 'i';",
    "export * as j from 'j';",
    "const k = await import('k');",
    "type L = import('l').L;",
    'const m = import(`m`);',
    "import {\n  n,\n} from 'n';",
    "const o = `${await import('o')}`;",
    "import p from 'p' with { type: 'json' };",
  ].join('\n');
  assert.deepEqual(found(source), [
    'a:1',
    'b:2',
    'c:3',
    'e:4',
    'f:5',
    'g:6',
    'h:7',
    'i:8',
    'j:9',
    'k:10',
    'l:11',
    'm:12',
    'n:13',
    'o:16',
    'p:17',
  ]);
});

test('importsOf() is not fooled by comments, strings, templates and regular expressions', () => {
  const source = [
    "// import a from 'a';",
    "/* import b from 'b';\n */",
    'const c = "import c from \'c\'";',
    "const d = `import d from 'd'; ${`import('e')`} import('f')`;",
    "const g = /import('g')/.test(x);",
    "const h = /[/\"]/; import('found');",
    "if (x) /'/.exec(y);",
    "const i = a / b; const j = 'it'; const k = c / d;",
    "const l = m! / 2; const n = '/';",
    "object.import('o');",
    "const p = { import: 'p', from: 'q' };",
    'const url = import.meta.url;',
    'export const r = 1;',
    'export { s };',
    "const t = 'u';",
    "const from = 'v';",
    "const w = x++ / 2; // '",
    "import 'last';",
  ].join('\n');
  assert.deepEqual(found(source), ['found:7', 'last:19']);
});

test('importsOf() reports computed names as such', () => {
  assert.deepEqual(found("import(name); import('a' + b); import(`a${b}`); import('\\x61');"), [
    '?:1',
    '?:1',
    '?:1',
    '?:1',
  ]);
});

test('tokensOf() ends on cut-off sources', () => {
  for (const source of ["'abc", '`abc${', '/* abc', '`abc', '/abc', '"\\', '}', ')', '${', '#!sh']) tokensOf(source);
});

test('tokensOf() follows the lines of every module here', () => {
  const root = join(import.meta.dirname, '..');
  for (const file of globSync(['packages/*/src/**/*.ts', 'scripts/**/*.ts'], { cwd: root })) {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    for (const token of tokensOf(lines.join('\n'))) {
      const line = lines[token.line - 1] ?? '';
      if (token.kind === 'word') assert.ok(line.includes(token.text), `${file}:${token.line} ${token.text}`);
    }
  }
});
