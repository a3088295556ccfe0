import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Participant, parseBuildPlan, planFor, resolveBuildPlan, withoutMet } from './build-plan.ts';

/** `a? provides:x requires:y | requires:z`: alternatives are separated by bars. */
function participant(written: string): Participant {
  const [head = '', ...rest] = written.split(' ');
  const alternatives = rest
    .join(' ')
    .split('|')
    .map((text) => {
      const words = text.split(' ').map((word) => word.split(':'));
      const names = (kind: string) => words.flatMap(([key, name = '']) => (key === kind ? [name] : []));
      return { provides: names('provides'), requires: names('requires').map((name) => ({ name, metadata: {} })) };
    });
  return { id: head.replace('?', ''), optional: head.endsWith('?'), alternatives };
}

const resolve = (...group: string[]) => resolveBuildPlan(group.map(participant));
const takingPart = (...group: string[]) => {
  const outcome = resolve(...group);
  return outcome.resolved ? outcome.participants.join(' ') : outcome.reason;
};

test('what is required has to be provided by the same or an earlier buildpack, and the reverse', () => {
  assert.equal(takingPart('a provides:node', 'b requires:node'), 'a b');
  assert.equal(takingPart('a provides:node requires:node'), 'a');
  assert.equal(takingPart('a requires:node', 'b provides:node'), 'a requires node, which nothing before it provides');
  assert.equal(takingPart('a provides:node', 'b'), 'a provides node, which nothing after it requires');
});

test('optional buildpacks that stand in the way are left out, and with them what only they needed', () => {
  assert.equal(takingPart('a? provides:node', 'b'), 'b');
  assert.equal(takingPart('a? requires:x', 'b'), 'b');
  assert.equal(takingPart('a? provides:x', 'b? provides:y requires:x', 'c'), 'c');
  assert.equal(takingPart('a? provides:x'), 'no buildpack takes part');
});

test('alternatives are tried from the left, depth first; an optional one is left out in its last only', () => {
  assert.equal(takingPart('a provides:x | provides:y', 'b requires:y'), 'a b');
  const outcome = resolve('a? requires:none | provides:y', 'b requires:y');
  assert.deepEqual(outcome.resolved && outcome.participants, ['a', 'b']);
});

test('a plan goes to each that provides, until one meets it', () => {
  const outcome = resolve('a provides:node', 'b provides:node', 'c requires:node', 'd requires:node');
  assert.ok(outcome.resolved);
  assert.deepEqual(
    planFor(outcome.entries, 'a').map(({ name }) => name),
    ['node', 'node'],
  );
  assert.equal(planFor(withoutMet(outcome.entries, 'a', []), 'b').length, 0);
  assert.equal(planFor(withoutMet(outcome.entries, 'a', ['node']), 'b').length, 2);
});

test('parseBuildPlan() reads the top level and every "or"', () => {
  const plan = parseBuildPlan(
    '[[provides]]\nname = "a"\n[[requires]]\nname = "b"\n[requires.metadata]\nversion = "1"\n[[or]]\n[[or.requires]]\nname = "c"\n',
    'a plan',
  );
  assert.deepEqual(JSON.parse(JSON.stringify(plan)), [
    { provides: ['a'], requires: [{ name: 'b', metadata: { version: '1' } }] },
    { provides: [], requires: [{ name: 'c', metadata: {} }] },
  ]);
});

test('whatever the group, a resolved plan keeps the rules and every required buildpack', () => {
  const names = fc.subarray(['x', 'y', 'z'], { maxLength: 2 });
  const sections = fc.record({
    provides: names,
    requires: names.map((all) => all.map((name) => ({ name, metadata: {} }))),
  });
  const one = fc.record({ optional: fc.boolean(), alternatives: fc.array(sections, { minLength: 1, maxLength: 2 }) });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (parts) => {
      const group = parts.map((part, index) => ({ ...part, id: `b${index}` }));
      const outcome = resolveBuildPlan(group);
      if (!outcome.resolved) return;
      const places = group.map(({ id }) => id);
      for (const { id, optional } of group) assert.ok(optional || outcome.participants.includes(id));
      for (const { name, providers, requires } of outcome.entries) {
        assert.ok(providers.length > 0 && requires.length > 0);
        for (const provider of providers) {
          assert.ok(outcome.participants.includes(provider));
          const { alternatives } = group[places.indexOf(provider)]!;
          assert.ok(alternatives.some(({ provides }) => provides.includes(name)));
        }
      }
    }),
  );
});
