import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegistryOptions, registryNames } from './options.ts';
import { operationNames } from './workloads.ts';

test('parseRegistryOptions() takes everything, with the medians of five, unless told', () => {
  const options = parseRegistryOptions([]);
  assert.ok(options !== 'help');
  assert.equal(options.rounds, 5);
  assert.deepEqual(options.connections, [1, 10, 100]);
  assert.deepEqual(options.registries, new Set(registryNames));
  assert.deepEqual(options.operations, new Set(operationNames));
  assert.equal(options.tags, 100_000);
  assert.equal(options.repositories, 10_000);
});

test('parseRegistryOptions() takes lists, and says what there is instead of what there is not', () => {
  const options = parseRegistryOptions([
    '--registries=lading,zot',
    '--connections=4',
    '--operations=pull',
    '--rounds=2',
  ]);
  assert.ok(options !== 'help');
  assert.deepEqual([...options.registries], ['lading', 'zot']);
  assert.deepEqual(options.connections, [4]);
  assert.deepEqual([...options.operations], ['pull']);
  assert.throws(() => parseRegistryOptions(['--registries=harbor']), /no registry "harbor"; there are lading/);
  assert.throws(() => parseRegistryOptions(['--rounds=0']), /--rounds takes a number/);
});
