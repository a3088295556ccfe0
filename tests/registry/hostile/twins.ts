// What one may not read and what is not there have to look alike: requests in pairs, once about the hidden, once about nothing, whose answers
// may differ in nothing but the names that were asked for.
import { digestOf } from '@lading/oci';
import type { Ground } from './ground.ts';
import { manifestType } from './ground.ts';

interface Asked {
  readonly repository: string;
  readonly manifest: string;
  readonly layer: string;
  readonly tag: string;
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function questionsOf({ repository, manifest, layer, tag }: Asked, layerBytes: number): readonly Question[] {
  const reading = [
    `/v2/${repository}/manifests/${tag}`,
    `/v2/${repository}/manifests/${manifest}`,
    `/v2/${repository}/blobs/${layer}`,
    `/v2/${repository}/blobs/uploads/x`,
    `/v2/${repository}/tags/list`,
    `/v2/${repository}/tags/list?n=0`,
    `/v2/${repository}/referrers/${manifest}`,
    // By a digest that was guessed, where one may read.
    `/v2/open/app/manifests/${manifest}`,
    `/v2/open/app/blobs/${layer}`,
    `/v2/open/app/referrers/${manifest}`,
    `/v2/public/app/manifests/${manifest}`,
    `/v2/public/app/blobs/${layer}`,
    `/v2/public/app/referrers/${manifest}`,
    `/auth/token?service=x&scope=repository:${repository}:pull`,
    ...[
      `repositories/${encodeURIComponent(repository)}`,
      `repositories/${encodeURIComponent(repository)}/tags`,
      `repositories/${encodeURIComponent(repository)}/tags/${tag}/history`,
      `repositories/${encodeURIComponent(repository)}/manifests`,
      `repositories/${encodeURIComponent(repository)}/manifests/${manifest}`,
      `trash?repository=${encodeURIComponent(repository)}`,
      `audit?repository=${encodeURIComponent(repository)}`,
    ].map((path) => `/api/v1/${path}`),
  ];
  const image = (more: object): string =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: layer, size: layerBytes },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: layerBytes }],
      ...more,
    });
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ mediaType: manifestType, digest: manifest, size: 100 }],
  });
  const manifests = { 'content-type': manifestType };
  const octets = { 'content-type': 'application/octet-stream' };
  const uploads = '/v2/open/app/blobs/uploads/';
  return [
    ...reading.flatMap((path) => ['GET', 'HEAD'].map((method): Question => ({ method, path }))),
    { method: 'GET', path: `/v2/${repository}/blobs/${layer}`, headers: { range: 'bytes=0-3' } },
    { method: 'GET', path: `/v2/open/app/blobs/${layer}`, headers: { range: 'bytes=0-3' } },
    { method: 'GET', path: `/v2/open/app/blobs/${layer}`, headers: { 'if-none-match': `"${layer}"` } },
    { method: 'GET', path: `/v2/open/app/manifests/${manifest}`, headers: { 'if-none-match': `"${manifest}"` } },
    { method: 'PUT', path: `/v2/${repository}/manifests/${tag}`, headers: manifests, body: image({}) },
    {
      method: 'PUT',
      path: `/v2/${repository}/manifests/${tag}`,
      headers: { ...manifests, 'if-match': `"${manifest}"` },
    },
    { method: 'DELETE', path: `/v2/${repository}/manifests/${tag}` },
    { method: 'DELETE', path: `/v2/${repository}/manifests/${manifest}` },
    { method: 'DELETE', path: `/v2/${repository}/blobs/${layer}` },
    { method: 'DELETE', path: `/v2/open/app/blobs/${layer}` },
    { method: 'DELETE', path: `/v2/open/app/manifests/${manifest}` },
    { method: 'POST', path: `/v2/${repository}/blobs/uploads/` },
    { method: 'PATCH', path: `/v2/${repository}/blobs/uploads/x`, body: 'x' },
    { method: 'PUT', path: `/v2/${repository}/blobs/uploads/x?digest=${layer}` },
    { method: 'DELETE', path: `/v2/${repository}/blobs/uploads/x` },
    // Not by a mount, from where it is, from where it is not, or from anywhere.
    { method: 'POST', path: `${uploads}?mount=${layer}&from=${repository}` },
    { method: 'POST', path: `${uploads}?mount=${layer}&from=public/app` },
    { method: 'POST', path: `${uploads}?mount=${layer}` },
    { method: 'POST', path: `${uploads}?mount=${manifest}&from=${repository}` },
    // Not by claiming to have it.
    { method: 'POST', path: `${uploads}?digest=${layer}`, headers: octets, body: '' },
    { method: 'POST', path: `${uploads}?digest=${layer}`, headers: octets, body: 'x'.repeat(layerBytes) },
    // Not by naming it.
    { method: 'PUT', path: '/v2/open/app/manifests/x', headers: manifests, body: image({}) },
    { method: 'PUT', path: '/v2/open/app/manifests/x', headers: { 'content-type': indexType }, body: index },
    { method: 'PUT', path: '/v2/open/sparse/manifests/x', headers: manifests, body: image({}) },
    { method: 'GET', path: `/v2/open/sparse/blobs/${layer}` },
    { method: 'HEAD', path: `/v2/open/sparse/blobs/${layer}` },
    { method: 'PUT', path: '/v2/open/sparse/manifests/x', headers: { 'content-type': indexType }, body: index },
    { method: 'GET', path: `/v2/open/sparse/manifests/${manifest}` },
    { method: 'GET', path: `/v2/open/sparse/blobs/${manifest}` },
    ...['trash/restore', 'purges', 'quarantine', 'deprecations', 'robots'].map(
      (path): Question => ({
        method: 'POST',
        path: `/api/v1/${path}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ repository, reference: manifest, digest: manifest, reason: 'x', name: 'x' }),
      }),
    ),
    { method: 'GET', path: '/v2/_catalog' },
    { method: 'GET', path: '/v2/_catalog?n=1&last=h' },
    { method: 'GET', path: '/api/v1/repositories' },
    { method: 'GET', path: '/api/v1/audit' },
    { method: 'GET', path: '/api/v1/trash' },
    { method: 'GET', path: '/api/v1/storage' },
    { method: 'GET', path: '/api/v1/jobs/runs' },
    { method: 'GET', path: '/metrics' },
  ];
}

const indexType = 'application/vnd.oci.image.index.v1+json';

/** What can be told apart, and what was told that is hidden. */
export async function compareTwins(ground: Ground): Promise<readonly string[]> {
  const { hidden, digests, canaries, layerBytes, credentials } = ground;
  const tag = canaries[3] ?? '';
  const there: Asked = { repository: hidden, manifest: digests.manifest, layer: digests.layer, tag };
  const nowhere: Asked = {
    repository: `hidden/${'n'.repeat(hidden.length - 'hidden/'.length)}`,
    manifest: digestOf('no manifest'),
    layer: digestOf('no layer'),
    tag: 't'.repeat(tag.length),
  };
  const wrong: string[] = [];
  for (const [who, authorization] of Object.entries({ nobody: '', eve: credentials.eve, token: credentials.token })) {
    const questions = questionsOf(there, layerBytes);
    for (const [at, twin] of questionsOf(nowhere, layerBytes).entries()) {
      const question = questions[at];
      if (question === undefined) continue;
      const about = `${who}: ${question.method} ${question.path}`;
      const [one, other] = [await ask(ground, question, authorization), await ask(ground, twin, authorization)];
      if (/^5/.test(one)) wrong.push(`${about}: ${one}`);
      const [real, none] = [normal(one, there), normal(other, nowhere)];
      if (real !== none) wrong.push(`${about} can be told apart:\n${real}\n--- from\n${none}`);
      const asked = JSON.stringify(question);
      for (const canary of canaries) {
        if (one.includes(canary) && !asked.includes(canary) && !asked.includes(encodeURIComponent(canary))) {
          wrong.push(`${about} told ${canary}: ${one}`);
        }
      }
    }
  }
  return wrong;
}

async function ask({ server }: Ground, question: Question, authorization: string): Promise<string> {
  const { method, path, headers = {}, body } = question;
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...headers, ...(authorization === '' ? {} : { authorization }) },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
  });
  const shown = [...response.headers].filter(([name]) => !/^(?:date|x-request-id)$/.test(name));
  return `${response.status}\n${shown.map((header) => header.join(': ')).join('\n')}\n${await response.text()}`;
}

/** Without what has to differ: names that were asked for, times, and what is new each time. */
function normal(text: string, asked: Asked): string {
  const names = Object.entries(asked).flatMap(([what, name]) => [
    [name, what],
    [encodeURIComponent(name), what],
  ]);
  return names
    .reduce((result, [name = '', what = '']) => result.replaceAll(name, what.toUpperCase()), text)
    .replaceAll(/"(?:access_)?token":"[^"]*"/g, '')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replaceAll(/"(?:updatedAt|bytes|size)":[^,}]*/g, '');
}
