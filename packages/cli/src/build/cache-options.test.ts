import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { cacheOf, configureCache } from './cache-options.ts';

function parsed(...args: readonly string[]): ReturnType<typeof cacheOf> {
  const program = new Command();
  configureCache(program);
  return cacheOf(
    program
      .exitOverride()
      .parse([...args], { from: 'user' })
      .opts(),
  );
}

test('--no-cache-filter names stages, several at once or one after the other, and leaves --no-cache alone', () => {
  const args = ['--no-cache-filter', 'base,tools', '--no-cache-filter', 'app'];
  assert.deepEqual(parsed(...args), {
    noCache: false,
    noCacheFilter: ['base', 'tools', 'app'],
    inlineCache: undefined,
  });
  assert.deepEqual(parsed('--no-cache'), { noCache: true, noCacheFilter: [], inlineCache: undefined });
});
