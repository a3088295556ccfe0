import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { rubyCataloger } from './cataloger.ts';
import { parseGemspec } from './gemspec.ts';

const gemspec = `# -*- encoding: utf-8 -*-
# stub: alpha 1.2.3 x86_64-linux lib
# stub: ext/alpha/extconf.rb

Gem::Specification.new do |s|
  s.name = "alpha".freeze
  s.version = "1.2.3"
  s.platform = "x86_64-linux".freeze

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.description = "A \\"quoted\\" text\\n  s.version = \\"9\\"".freeze
  s.files = [${'"lib/a.rb".freeze, '.repeat(2000)}"README.md".freeze]
  s.licenses = ["MIT".freeze, "Ruby".freeze]
  s.specification_version = 4
  s.add_runtime_dependency(%q<beta>.freeze, ["~> 1.0".freeze])
end
`;

test('a gemspec as RubyGems writes it says name, version, platform and licenses', async () => {
  const gem = { name: 'alpha', version: '1.2.3', licenses: ['MIT', 'Ruby'], qualifiers: { platform: 'x86_64-linux' } };
  for (const path of [
    'usr/lib/ruby/gems/3.1.0/specifications/alpha-1.2.3-x86_64-linux.gemspec',
    'usr/lib/ruby/gems/3.1.0/specifications/default/alpha-1.2.3.gemspec',
    'usr/local/bundle/bundler/gems/alpha-0123456789ab/alpha.gemspec',
    'usr/local/bundle/bundler/gems/big-0123456789ab/parts/alpha/alpha.gemspec',
  ]) {
    const facts = await catalogBytes(rubyCataloger, path, gemspec);
    assert.deepEqual(facts, [{ kind: 'package', package: { type: 'gem', ...gem } }], path);
    assert.deepEqual(await catalogBytes(rubyCataloger, path, `\ufeff${gemspec.replaceAll('\n', '\r\n')}`), facts);
  }
});

test("the gemspec in a gem's folder is its author's program, and is left alone", async () => {
  for (const path of [
    'usr/lib/ruby/gems/3.1.0/gems/alpha-1.2.3/alpha.gemspec',
    'usr/local/bundle/bundler/gems/big-0123456789ab/a/b/c/alpha.gemspec',
    'app/xspecifications/alpha.gemspec',
    'alpha.gemspec',
  ])
    assert.equal(await catalogBytes(rubyCataloger, path, gemspec), undefined, path);
});

test('older and unusual ways to write a literal are read', () => {
  for (const [text, expected] of [
    ["spec.name = 'alpha'\nspec.version = Gem::Version.new('1.0')\n", { name: 'alpha', version: '1.0' }],
    [
      's.name = %q{alpha}\ns.version = "1.0"\ns.license = %q<MIT>',
      { name: 'alpha', version: '1.0', licenses: ['MIT'] },
    ],
    ['  s.name=%Q(al\\pha)\n\ts.version = Gem::Version.new "1.0"', { name: 'alpha', version: '1.0' }],
    ['s.name = "alpha"\ns.version = "1.0"\ns.platform = "ruby"\ns.licenses = []', { name: 'alpha', version: '1.0' }],
    [
      's.name = "alpha"\ns.version = "1.0"\ns.licenses = ["MIT", LICENSE]',
      { name: 'alpha', version: '1.0', licenses: ['MIT'] },
    ],
  ] as const)
    assert.deepEqual(parseGemspec(text), expected, text);
});

test('nothing is evaluated: what is no literal is taken from the stub line, or the gem is not read', async () => {
  const program = 'Gem::Specification.new do |s|\n  s.name = "alpha"\n  s.version = Alpha::VERSION\nend\n';
  assert.equal(parseGemspec(program), undefined);
  assert.equal(parseGemspec('s.name = "al#{1 + 1}pha"\ns.version = "1.0"'), undefined);
  assert.deepEqual(parseGemspec(`# stub: alpha 1.2.3 ruby lib\n${program}`), { name: 'alpha', version: '1.2.3' });
  assert.deepEqual(await catalogBytes(rubyCataloger, 'bundler/gems/alpha-0123/alpha.gemspec', program), []);
  await assert.rejects(catalogBytes(rubyCataloger, 'specifications/alpha-1.gemspec', program), {
    code: 'PACKAGE_RECORD_INVALID',
    message: /specifications\/alpha-1\.gemspec/,
  });
});

test('no text makes reading a gemspec fail, or slow', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      's.name = ',
      's.version = ',
      's.licenses = [',
      '"',
      "'",
      '%q{',
      '\\',
      '\n',
      '1.0',
      ',',
      '.freeze',
      '#{',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const gem = parseGemspec(pieces.join(''));
      if (gem !== undefined) assert.match(`${gem.name}@${gem.version}`, /^\S+@\d\S*$/);
    }),
    { numRuns: 500 },
  );
  const started = performance.now();
  for (const part of ['s.name = "', 's.licenses = ["a",', ' ', '\t', 'x', '# stub: ', '\n', '\\', 's.name = %q{\n'])
    assert.equal(parseGemspec(part.repeat((4 << 20) / part.length)), undefined);
  assert(performance.now() - started < 5000);
});
