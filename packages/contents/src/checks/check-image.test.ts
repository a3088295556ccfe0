import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageFacts, ImageFile, ImagePackage } from '@lading/facts';
import { digestOf, type ExecutionConfig, type History, type ImageConfig } from '@lading/oci';
import { allChecks } from './all-checks.ts';
import type { CheckedImage } from './check.ts';
import { checkImage } from './check-image.ts';

const label = (name: string): string => `org.opencontainers.image.${name}`;
const good = {
  User: '10001',
  ExposedPorts: { '8080/tcp': {} },
  Healthcheck: { Test: ['CMD', '/app', '--ask'] },
  Labels: { [label('source')]: 's', [label('revision')]: 'r', [label('version')]: 'v', [label('licenses')]: 'l' },
};

interface Given {
  readonly config?: (ExecutionConfig & { Healthcheck?: object }) | undefined;
  readonly files?: readonly Partial<ImageFile>[] | undefined;
  readonly packages?: readonly Partial<ImagePackage>[] | undefined;
  readonly history?: readonly History[] | undefined;
  readonly reference?: string | undefined;
  readonly created?: string | undefined;
  readonly now?: Date | undefined;
}

function image(given: Given): CheckedImage {
  const files = (given.files ?? []).map(
    (file) => ({ mode: 0o755, layer: 0, path: 'x', kind: 'shell', ...file }) as ImageFile,
  );
  const packages = (given.packages ?? []).map((each) => ({ type: 'deb', layer: 0, ...each }) as ImagePackage);
  const facts: ImageFacts = {
    version: 1,
    digest: digestOf(Buffer.from('image')),
    platform: 'linux/amd64',
    layers: [],
    packages,
    files,
    warnings: [],
  };
  const config: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [] },
    config: { ...good, ...given.config },
    history: given.history ?? [],
    ...(given.created === undefined ? {} : { created: given.created }),
  };
  return { facts, config, reference: given.reference, now: given.now };
}

const run = (created_by: string): Given => ({ history: [{ created_by }] });

/** For each check what it finds, and its subjects; and what it leaves alone. */
const cases: Readonly<Record<string, { bad: readonly (readonly [Given, string])[]; good: readonly Given[] }>> = {
  'add-instead-of-copy': {
    bad: [[run('ADD app.conf /etc/'), 'ADD app.conf /etc/']],
    good: [
      run('COPY app.conf /etc/'),
      run('/bin/sh -c #(nop) ADD file:0123abcd in / '),
      run('ADD rootfs.tar.xz / # buildkit'),
    ],
  },
  'add-url': {
    bad: [
      [run('/bin/sh -c #(nop) ADD https://example.org/app.tgz in /opt/'), 'ADD https://example.org/app.tgz in /opt/'],
    ],
    good: [run('ADD --checksum=sha256:0 https://example.org/app.tgz /opt/'), run('RUN curl https://example.org')],
  },
  'secrets-in-config': {
    bad: [[{ config: { Env: ['DB_PASSWORD=x7Kq2mVw9'] } }, 'config.Env.DB_PASSWORD (secret-variable)']],
    good: [{ config: { Env: ['DB_PASSWORD_FILE=/run/secrets/db', 'GPG_KEY=A035'] } }],
  },
  'device-files': { bad: [[{ files: [{ kind: 'device', path: 'dev/sda' }] }, 'dev/sda']], good: [{}] },
  'empty-password': {
    bad: [[{ files: [{ kind: 'empty-password', path: 'etc/shadow', detail: 'root' }] }, 'etc/shadow (root)']],
    good: [{}],
  },
  'no-healthcheck': {
    bad: [
      [{ config: { Healthcheck: { Test: ['NONE'] } } }, ''],
      [{ config: { Healthcheck: {} } }, ''],
    ],
    good: [{}],
  },
  'missing-labels': {
    bad: [[{ config: { Labels: { ...good.Labels, [label('source')]: '' } } }, label('source')]],
    good: [{}],
  },
  'latest-base': {
    bad: [
      [{ config: { Labels: { ...good.Labels, [label('base.name')]: 'debian:latest' } } }, 'debian:latest'],
      [
        { config: { Labels: { ...good.Labels, [label('base.name')]: 'example.org:5000/base' } } },
        'example.org:5000/base',
      ],
    ],
    good: [{ config: { Labels: { ...good.Labels, [label('base.name')]: 'debian:12' } } }],
  },
  'latest-tag': {
    bad: [
      [{ reference: 'example.org/app:latest' }, 'example.org/app:latest'],
      [{ reference: 'app' }, 'app'],
    ],
    good: [{ reference: 'example.org/app:1.2' }, { reference: `app@${digestOf(Buffer.from('x'))}` }],
  },
  'old-image': {
    bad: [[{ created: '2026-01-01T00:00:00Z', now: new Date('2026-06-01T00:00:00Z') }, '151 days']],
    good: [
      { created: '2026-05-01T00:00:00Z', now: new Date('2026-06-01T00:00:00Z') },
      { created: '1970-01-01T00:00:00Z', now: new Date('2026-06-01T00:00:00Z') },
      { created: '2020-01-01T00:00:00Z' },
    ],
  },
  'package-cache': {
    bad: [[{ files: [{ kind: 'package-cache', path: 'var/cache/apk/x' }] }, 'var/cache/apk/x']],
    good: [{}],
  },
  'package-manager-present': {
    bad: [[{ files: [{ kind: 'package-manager', path: 'sbin/apk' }] }, 'sbin/apk']],
    good: [{}],
  },
  'piped-download': {
    bad: [
      [run('RUN curl -fsSL https://example.org/install | sh'), 'RUN curl -fsSL https://example.org/install | sh'],
      [run('RUN bash <(curl https://example.org/i)'), 'RUN bash <(curl https://example.org/i)'],
    ],
    good: [
      run('RUN curl -o x https://example.org/x && sha256sum -c x.sha256'),
      run('RUN curl https://example.org | tar x'),
    ],
  },
  'privileged-ports': {
    bad: [[{ config: { ExposedPorts: { '80/tcp': {}, '8080/tcp': {} } } }, '80/tcp']],
    good: [{ config: { ExposedPorts: { '1024/tcp': {} } } }],
  },
  'root-user': {
    bad: [
      [{ config: { User: '' } }, 'no USER'],
      [{ config: { User: 'root:app' } }, 'USER root:app'],
      [{ config: { User: '0' } }, 'USER 0'],
    ],
    good: [{ config: { User: 'app' } }, { config: { User: '1000:0' } }],
  },
  'setuid-files': {
    bad: [
      [
        {
          files: [
            { kind: 'setuid', path: 'bin/su' },
            { kind: 'setgid', path: 'bin/wall' },
          ],
        },
        'bin/su, bin/wall',
      ],
    ],
    good: [{}],
  },
  'sensitive-volume': {
    bad: [[{ config: { Volumes: { '/var/run/docker.sock': {}, '/data': {} } } }, '/var/run/docker.sock']],
    good: [{ config: { Volumes: { '/var/lib/app': {} } } }],
  },
  'shell-present': { bad: [[{ files: [{ kind: 'shell', path: 'bin/sh' }] }, 'bin/sh']], good: [{}] },
  'ssh-keys': { bad: [[{ files: [{ kind: 'ssh-key', path: 'root/.ssh/id_rsa' }] }, 'root/.ssh/id_rsa']], good: [{}] },
  'ssh-server': {
    bad: [
      [{ config: { ExposedPorts: { '22/tcp': {} } } }, 'EXPOSE 22/tcp'],
      [{ packages: [{ name: 'openssh-server' }] }, 'openssh-server'],
      [{ files: [{ kind: 'authorized-keys', path: 'root/.ssh/authorized_keys' }] }, 'root/.ssh/authorized_keys'],
    ],
    good: [{ config: { ExposedPorts: { '2222/tcp': {} } }, packages: [{ name: 'openssh-client' }] }],
  },
  'sudo-present': { bad: [[{ files: [{ kind: 'sudo', path: 'usr/bin/sudo' }] }, 'usr/bin/sudo']], good: [{}] },
  'unnecessary-packages': {
    bad: [[{ packages: [{ name: 'gcc' }, { name: 'vim' }] }, 'gcc, vim']],
    good: [{ packages: [{ name: 'make', type: 'npm' }, { name: 'libgcc-s1' }] }],
  },
  'unverified-packages': {
    bad: [
      [run('RUN apk add --allow-untrusted x.apk'), 'RUN apk add --allow-untrusted x.apk'],
      [run('RUN curl -fsSLk https://example.org/x'), 'RUN curl -fsSLk https://example.org/x'],
    ],
    good: [run('RUN curl -fsSL https://example.org/make-k'), run('RUN apt-get install -y curl')],
  },
  'update-alone': {
    bad: [
      [run('/bin/sh -c apt-get update'), 'apt-get update'],
      [run('RUN /bin/sh -c apt-get update -y # buildkit'), 'RUN /bin/sh -c apt-get update -y # buildkit'],
    ],
    good: [run('RUN apt-get update && apt-get install -y curl')],
  },
  'world-writable': { bad: [[{ files: [{ kind: 'world-writable', path: 'app/x' }] }, 'app/x']], good: [{}] },
};

test('every check finds what it is for, and leaves alone what is well', () => {
  assert.deepEqual(
    Object.keys(cases).sort(),
    allChecks.map(({ id }) => id),
  );
  for (const [id, { bad, good: well }] of Object.entries(cases)) {
    for (const [given, subjects] of bad) {
      const found = checkImage(image(given)).filter((finding) => finding.id === id);
      assert.deepEqual([...new Set(found.map((finding) => finding.subjects.join(', ')))], [subjects], id);
    }
    for (const given of well) {
      const found = checkImage(image(given)).filter((finding) => finding.id === id);
      assert.deepEqual(found, [], id);
    }
  }
});

test('checkImage() finds nothing in an image that is made well', () => {
  assert.deepEqual(checkImage(image({})), []);
});

test('checkImage() tells files by the layer that brought them, and what is worst first', () => {
  const files = [
    { kind: 'setuid', path: 'bin/su', layer: 0 },
    { kind: 'setuid', path: 'app/run', layer: 2 },
    { kind: 'ssh-key', path: 'root/.ssh/id_rsa', layer: 1 },
  ] as const;
  const found = checkImage(image({ files }));
  assert.deepEqual(
    found.map(({ id, layer, subjects }) => [id, layer, ...subjects]),
    [
      ['ssh-keys', 1, 'root/.ssh/id_rsa'],
      ['setuid-files', 0, 'bin/su'],
      ['setuid-files', 2, 'app/run'],
    ],
  );
});

test('an instruction is told with the layer that it made, and without the passwords in it', () => {
  const history = [
    { created_by: 'ENV A=1', empty_layer: true },
    { created_by: 'RUN one' },
    { created_by: 'RUN curl -k https://u:x7Kq2mVw9@example.org/install' },
  ];
  const found = checkImage(image({ history })).filter(({ id }) => id === 'unverified-packages');
  assert.deepEqual(
    found.map(({ layer }) => layer),
    [1],
  );
  assert.ok(!JSON.stringify(found).includes('x7Kq2mVw9'));
});

test('every check says why it matters and what to do, in sentences', () => {
  for (const { title, reason, fix } of allChecks) {
    assert.match(reason, /^[A-Z].*[.)]$/);
    assert.match(fix, /^\S.*[.]$/);
    assert.match(title, /[^.]$/);
  }
});
