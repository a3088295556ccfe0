import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { canonicalRegistry, hostOf, isLoopback, repositoryPath } from './registry-name.ts';

test('canonicalRegistry() knows all names of Docker Hub as one, with its own host and library/', () => {
  for (const name of ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'Docker.IO']) {
    assert.equal(canonicalRegistry(name), 'docker.io');
  }
  assert.equal(hostOf('docker.io'), 'registry-1.docker.io');
  assert.equal(repositoryPath('docker.io', 'alpine'), 'library/alpine');
  assert.equal(repositoryPath('docker.io', 'team/app'), 'team/app');
  assert.equal(repositoryPath('registry.example.org', 'alpine'), 'alpine');
  assert.equal(hostOf('registry.example.org:5000'), 'registry.example.org:5000');
});

test('canonicalRegistry() refuses URLs and paths', () => {
  for (const text of ['https://r.example.org', 'r.example.org/app', '', 'a b']) {
    assert.throws(
      () => canonicalRegistry(text),
      (error) => isLadingError(error, 'REFERENCE_INVALID'),
    );
  }
});

test('isLoopback() is true for this machine alone', () => {
  for (const name of [
    'localhost',
    'localhost:5000',
    '127.0.0.1:80',
    '127.9.9.9',
    '[::1]',
    '[::1]:5000',
    'r.localhost',
  ]) {
    assert.ok(isLoopback(name), name);
  }
  for (const name of ['localhost.example.org', '127.0.0.1.example.org', '128.0.0.1', '[::2]:5000', 'notlocalhost']) {
    assert.ok(!isLoopback(name), name);
  }
});
