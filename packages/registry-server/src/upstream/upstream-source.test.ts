import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LadingError } from '@lading/errors';
import { UpstreamSource } from './upstream-source.ts';

function sourceFor(t: TestContext, told: string[]): UpstreamSource {
  const config = {
    prefix: 'hub',
    registry: 'registry.example.org',
    path: '',
    repositories: ['**'],
    freshMs: 0,
    absentMs: 0,
    patienceMs: 1000,
  };
  const source = new UpstreamSource(config, (_, condition) => void told.push(condition));
  t.after(() => source.close());
  return source;
}

const unreachable = new LadingError('REGISTRY_UNREACHABLE', 'no answer', { transient: true });
const secondsOf = (source: UpstreamSource): number =>
  Math.round(((source.state().until?.getTime() ?? 0) - Date.now()) / 1000);

test('requests that fail together have an upstream left alone once, not for longer the more of them there are', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const told: string[] = [];
  const source = sourceFor(t, told);
  for (let request = 0; request < 10; request++) source.note(unreachable);
  assert.equal(secondsOf(source), 5);
  t.mock.timers.tick(5001);
  assert.equal(source.paused, undefined);
  source.note(unreachable);
  assert.equal(secondsOf(source), 10, 'longer the next time');
  assert.deepEqual(told, ['failing', 'failing']);
});

test('an upstream that asked to be left alone for a while is, also when a request that was on its way fails in another manner', async (t) => {
  const told: string[] = [];
  const source = sourceFor(t, told);
  source.note(
    new LadingError('REGISTRY_RATE_LIMITED', 'slow down', { transient: true, details: { retryAfterMs: 120_000 } }),
  );
  source.note(unreachable);
  assert.equal(source.paused, 'limited');
  assert.equal(secondsOf(source), 120);
  await assert.rejects(
    source.ask(async () => 'asked'),
    /asked to be left alone/,
  );
  assert.deepEqual(told, ['limited']);
});
