import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parsePorts } from './port.ts';

test('parsePorts() gives the keys of the image config', () => {
  const cases: [string, string[]][] = [
    ['80', ['80/tcp']],
    ['53/UDP', ['53/udp']],
    ['8000-8002/sctp', ['8000/sctp', '8001/sctp', '8002/sctp']],
    ['8080:80', ['80/tcp']],
    ['127.0.0.1:8080:80/tcp', ['80/tcp']],
    ['[::1]::80', ['80/tcp']],
    ['80/', ['80/tcp']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parsePorts(text), expected, text);
});

test('parsePorts() refuses what is no port', () => {
  for (const text of ['', '/tcp', 'http', '80/http', '70000', '9-8', '-1', '1-', '80/tcp/udp', '1-3:5-6', '8x:80']) {
    assert.throws(
      () => parsePorts(text),
      (error) => isLadingError(error, 'DOCKERFILE_INVALID'),
      text,
    );
  }
});
