// What the tests of caches share.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { startHttpServer, type TestServer } from '@lading/testkit';
import { createUpstreams } from '../upstream/create-upstreams.ts';
import type { UpstreamConfig } from '../upstream/upstream-config.ts';
import { startTestRegistry, type TestRegistry } from './test-registry.ts';

export type Fault = (request: IncomingMessage, response: ServerResponse) => unknown;

export const config = (registry: string, more: Partial<UpstreamConfig> = {}): UpstreamConfig => ({
  prefix: 'hub',
  registry,
  path: '',
  repositories: ['**'],
  freshMs: 60_000,
  absentMs: 60_000,
  patienceMs: 2000,
  ...more,
});

/** A registry whose repositories `hub/…` are a cache. */
export function startCache(
  t: TestContext,
  registry: string,
  more: Partial<UpstreamConfig> = {},
): Promise<TestRegistry> {
  return startTestRegistry(t, { upstreams: (parts) => createUpstreams(parts, [config(registry, more)]) });
}

/** An upstream of the test's own: one image with one layer, which it gives as it is told. */
export async function startFaultyUpstream(
  t: TestContext,
  layer: Buffer,
): Promise<{
  readonly server: TestServer;
  readonly digest: string;
  readonly layer: string;
  /** Takes over requests whose path it is asked for; undefined to behave. */
  fault: Fault | undefined;
  count(method: string, path: RegExp): number;
}> {
  const blobs = new Map<string, Buffer>([layer, Buffer.from('{}')].map((bytes) => [digestOf(bytes), bytes]));
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 },
    layers: [{ mediaType: mediaTypes.ociLayer, digest: digestOf(layer), size: layer.length }],
  });
  const upstream = { server: undefined as unknown as TestServer, fault: undefined as Fault | undefined };
  const server = await startHttpServer(t, (request, response) => {
    const path = request.url ?? '';
    if (path === '/v2/') return response.end('{}');
    if (upstream.fault !== undefined) {
      const taken = upstream.fault(request, response);
      if (taken !== false) return taken;
    }
    const head = request.method === 'HEAD';
    if (/\/manifests\/(v1|sha256:)/.test(path)) {
      response.writeHead(200, {
        'content-type': mediaTypes.ociManifest,
        'content-length': manifest.length,
        'docker-content-digest': digestOf(manifest),
      });
      return response.end(head ? undefined : manifest);
    }
    const blob = blobs.get(/\/blobs\/(.*)$/.exec(path)?.[1] ?? '');
    if (blob === undefined) return response.writeHead(404).end('{}');
    response.writeHead(200, { 'content-length': blob.length });
    return response.end(head ? undefined : blob);
  });
  return Object.assign(upstream, {
    server,
    digest: digestOf(manifest),
    layer: digestOf(layer),
    count: (method: string, path: RegExp) =>
      server.seen.filter((seen) => seen.method === method && path.test(seen.path)).length,
  });
}

export const pull = async (url: string, path: string): Promise<{ status: number; body: Buffer; headers: Headers }> => {
  const answer = await fetch(`${url}/v2/${path}`);
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
};
