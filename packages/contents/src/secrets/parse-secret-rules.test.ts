import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseSecretRules } from './parse-secret-rules.ts';

const good = { id: 'acme', keywords: ['acme_'], pattern: 'acme_[a-z]{8}' };

test('parseSecretRules() fills in what a rule leaves out', () => {
  const [rule] = parseSecretRules(JSON.stringify({ rules: [good] }), 'rules.json');
  assert.equal(rule?.title, 'acme');
  assert.equal(rule?.severity, 'high');
});

test('parseSecretRules() refuses what cannot be used, and says why', () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    ['{', /rules\.json: it is not JSON/],
    [{}, /no list of rules/],
    [[{ ...good, id: 'A b' }], /rule 1: its "id"/],
    [[good, good], /two rules have the id acme/],
    [[{ ...good, keywords: [] }], /no "keywords"/],
    [[{ ...good, keywords: ['abc'] }], /keyword "abc" is not 4 to 64/],
    [[{ ...good, patern: 'x' }], /member "patern"/],
    [[{ ...good, severity: 'bad' }], /"bad" is no severity/],
    [[{ ...good, pattern: 'acme_.*' }], /"pattern": the repeat \* has no end/],
    [[{ ...good, pattern: 'acme_(?:[a-z]{1,99}){1,99};' }], /too many ways/],
    [[{ ...good, allow: ['(a+)+'] }], /"allow": the repeat \+ has no end/],
    [[{ ...good, pattern: 'acme_[' }], /not closed/],
    [[{ ...good, entropy: 9 }], /"entropy"/],
    [[{ ...good, lead: -1 }], /"lead"/],
    [[{ ...good, finds: ['acme_1'] }], /does not find its example "acme_1"/],
    [[{ ...good, ignores: ['acme_abxcdqfg'] }], /finds "acme_abxcdqfg", which it says to ignore/],
    [[7], /it is no object/],
  ];
  for (const [value, message] of refused) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    assert.throws(
      () => parseSecretRules(text, 'rules.json'),
      (error) => isLadingError(error, 'SECRET_RULES_INVALID') && message.test(error.message),
      String(message),
    );
  }
});
