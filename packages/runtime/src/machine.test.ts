import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { assertCanRun, inspectMachine, type Machine } from './machine.ts';

test('inspectMachine() leaves nothing behind and agrees with itself', async (t) => {
  const folder = join(await temporaryFolder(t), 'made/on/demand');
  const machine = await inspectMachine({ folder, engine: '' });
  assert.deepEqual(await readdir(folder), []);
  const expected = machine.root
    ? 'none'
    : machine.subordinateIds === true
      ? 'range'
      : machine.userNamespaces === true
        ? 'single'
        : undefined;
  assert.equal(machine.mapping, expected);
  if (machine.mapping === undefined || !machine.overlay) assert.ok(machine.problems.length > 0);
  for (const problem of machine.problems) assert.ok(problem.what && problem.why && problem.remedy);
});

test('inspectMachine() offers only the engine that was asked for, and refuses names it does not know', async () => {
  const { engines } = await inspectMachine({ engine: 'unshare' });
  assert.ok(engines.every((name) => name === 'unshare'));
  await assert.rejects(
    inspectMachine({ engine: 'dockerd' }),
    (error) => isLadingError(error, 'USAGE') && error.hint?.includes('crun') === true,
  );
});

test('assertCanRun() says every reason and every remedy', () => {
  const machine: Machine = {
    ...{ root: false, userNamespaces: false, subordinateIds: false, overlay: false, mapping: undefined, engines: [] },
    problems: [{ what: 'Containers cannot run', why: 'user namespaces are switched off', remedy: 'Switch them on.' }],
  };
  assert.throws(
    () => assertCanRun(machine),
    (error) =>
      isLadingError(error, 'RUNTIME_UNAVAILABLE') &&
      error.message.includes('user namespaces are switched off') &&
      error.hint === 'Switch them on.',
  );
});

test('inspectMachine() tells a user without subordinate ids which range to add', (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root to become such a user');
  const program = `const { inspectMachine } = await import(${JSON.stringify(new URL('./machine.ts', import.meta.url).href)}); console.log(JSON.stringify(await inspectMachine()))`;
  let text: string;
  try {
    const ids = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    text = execFileSync('setpriv', [...ids, process.execPath, '--input-type=module', '-e', program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: '/',
    });
  } catch {
    return t.skip('other users cannot read the checkout');
  }
  const machine = JSON.parse(text) as Machine;
  assert.equal(machine.root, false);
  if (machine.mapping === 'single')
    assert.match(machine.problems[0]?.why ?? '', /\/etc\/subuid has no range for|newuidmap/);
});
