import type { Distribution } from '@lading/facts';
import { deb, from, type LabelGroup, no, yes } from './label.ts';

const debian = (versionId: string | undefined): Distribution => ({ id: 'debian', versionId });
const in11 = { distribution: debian('11') };
const in12 = { distribution: debian('12') };
const in13 = { distribution: debian('13') };

/** Debian: source packages, backports, epochs, and archives of others. */
export const debianLabels: LabelGroup = {
  advisories: [
    { id: 'CVE-2024-4741', ecosystem: 'Debian:11', name: 'openssl', fixed: '1.1.1w-0+deb11u2' },
    { id: 'CVE-2024-4741', ecosystem: 'Debian:12', name: 'openssl', fixed: '3.0.14-1~deb12u1' },
    { id: 'CVE-2024-4741', ecosystem: 'Debian:13', name: 'openssl', fixed: '3.2.2-1' },
    { id: 'CVE-2024-13176', ecosystem: 'Debian:12', name: 'openssl' },
    { id: 'CVE-2024-33599', ecosystem: 'Debian:11', name: 'glibc', fixed: '2.31-13+deb11u10' },
    { id: 'CVE-2024-33599', ecosystem: 'Debian:12', name: 'glibc', fixed: '2.36-9+deb12u7' },
    { id: 'CVE-2023-45853', ecosystem: 'Debian:12', name: 'zlib' },
    { id: 'CVE-2023-45853', ecosystem: 'Debian:13', name: 'zlib', fixed: '1:1.3.dfsg-2' },
    { id: 'CVE-2022-3715', ecosystem: 'Debian:12', name: 'bash', fixed: '5.2-1' },
    { id: 'CVE-2024-3094', ecosystem: 'Debian:13', name: 'xz-utils', fixed: '5.6.1+really5.4.5-1' },
    { id: 'CVE-2024-6387', ecosystem: 'Debian:12', name: 'openssh', fixed: '1:9.2p1-2+deb12u3' },
    { id: 'CVE-2023-39804', ecosystem: 'Debian:12', name: 'tar', fixed: '1.34+dfsg-1.2+deb12u1' },
    { id: 'CVE-2023-47038', ecosystem: 'Debian:12', name: 'perl', fixed: '5.36.0-7+deb12u1' },
    { id: 'CVE-2024-57951', ecosystem: 'Debian:12', name: 'linux', fixed: '6.1.128-1' },
    { id: 'CVE-2024-7347', ecosystem: 'Debian:12', name: 'nginx' },
    { id: 'CVE-2025-23085', ecosystem: 'Debian:12', name: 'nodejs' },
    { id: 'CVE-2024-28085', ecosystem: 'Debian:12', name: 'util-linux', fixed: '2.38.1-5+deb12u1' },
    {
      id: 'DSA-5650-1',
      aliases: ['CVE-2024-28085'],
      ecosystem: 'Debian:12',
      name: 'util-linux',
      fixed: '2.38.1-5+deb12u1',
    },
    {
      id: 'DSA-5812-1',
      aliases: ['CVE-2024-10976', 'CVE-2024-10977'],
      ecosystem: 'Debian:12',
      name: 'postgresql-15',
      fixed: '15.9-0+deb12u1',
    },
    { id: 'DSA-5812-2', ecosystem: 'Debian:12', name: 'postgresql-15', fixed: '15.10-0+deb12u1' },
  ],
  labels: [
    yes(
      'CVE-2024-4741',
      deb('libssl3', '3.0.11-1~deb12u2', from('openssl', '3.0.11-1~deb12u2')),
      'older than the fix of 12',
      in12,
    ),
    no(
      'CVE-2024-4741',
      deb('libssl3', '3.0.14-1~deb12u1', from('openssl', '3.0.14-1~deb12u1')),
      'has the fix of 12',
      in12,
    ),
    no(
      'CVE-2024-4741',
      deb('libssl3', '3.0.15-1~deb12u1', from('openssl', '3.0.15-1~deb12u1')),
      'is newer than the fix of 12',
      in12,
    ),
    no(
      'CVE-2024-4741',
      deb('libssl3', '3.0.14-1~deb12u2', from('openssl', '3.0.14-1~deb12u2')),
      '13 needs 3.2.2, but this is 12',
      in12,
    ),
    yes(
      'CVE-2024-4741',
      deb('libssl3t64', '3.2.1-3', from('openssl', '3.2.1-3')),
      'older than the fix of 13 although above that of 12',
      in13,
    ),
    yes(
      'CVE-2024-4741',
      deb('libssl1.1', '1.1.1w-0+deb11u1', from('openssl', '1.1.1w-0+deb11u1')),
      'older than the fix of 11',
      in11,
    ),
    no(
      'CVE-2024-4741',
      deb('libssl1.1', '1.1.1w-0+deb11u2', from('openssl', '1.1.1w-0+deb11u2')),
      'backported: upstream never fixed 1.1.1w',
      in11,
    ),
    yes('CVE-2024-13176', deb('openssl', '3.0.15-1~deb12u1'), 'nobody has a fix', in12),
    no('CVE-2024-13176', deb('openssl', '3.4.0-1'), 'not said of 13', in13),
    yes('CVE-2024-33599', deb('libc6', '2.36-9+deb12u6', from('glibc', '2.36-9+deb12u6')), 'one update short', in12),
    no(
      'CVE-2024-33599',
      deb('libc6', '2.36-9+deb12u10', from('glibc', '2.36-9+deb12u10')),
      'u10 is above u7 by number, not by letter',
      in12,
    ),
    yes('CVE-2023-45853', deb('zlib1g', '1:1.2.13.dfsg-1', from('zlib', '1:1.2.13.dfsg-1')), 'not fixed in 12', in12),
    no(
      'CVE-2023-45853',
      deb('zlib1g', '1:1.3.dfsg+really1.3.1-1', from('zlib', '1:1.3.dfsg+really1.3.1-1')),
      'above the fix, with its epoch',
      in13,
    ),
    yes(
      'CVE-2023-45853',
      deb('zlib1g', '1.3.dfsg-3', from('zlib', '1.3.dfsg-3')),
      'without the epoch it is older than the fix',
      in13,
    ),
    no('CVE-2022-3715', deb('bash', '5.2.15-2+b2', from('bash', '5.2.15-2')), 'fixed before the release', in12),
    no('CVE-2022-3715', deb('bash', '5.2.15-2+b7'), 'a rebuild of a fixed source', in12),
    yes(
      'CVE-2024-3094',
      deb('liblzma5', '5.6.1-1', from('xz-utils', '5.6.1-1')),
      'the version with the back door',
      in13,
    ),
    no(
      'CVE-2024-3094',
      deb('liblzma5', '5.6.1+really5.4.5-1', from('xz-utils', '5.6.1+really5.4.5-1')),
      'the one that took it back',
      in13,
    ),
    no('CVE-2024-3094', deb('liblzma5', '5.4.1-0.2', from('xz-utils', '5.4.1-0.2')), '12 never had it', in12),
    yes(
      'CVE-2024-6387',
      deb('openssh-server', '1:9.2p1-2+deb12u2', from('openssh', '1:9.2p1-2+deb12u2')),
      'one update short',
      in12,
    ),
    no(
      'CVE-2024-6387',
      deb('openssh-server', '1:9.2p1-2+deb12u3', from('openssh', '1:9.2p1-2+deb12u3')),
      'backported',
      in12,
    ),
    yes('CVE-2023-39804', deb('tar', '1.34+dfsg-1.2'), 'older than its security update', in12),
    no('CVE-2023-39804', deb('tar', '1.34+dfsg-1.2+deb12u1'), 'has the security update', in12),
    yes('CVE-2023-47038', deb('perl-base', '5.36.0-7', from('perl', '5.36.0-7')), 'a binary of the source', in12),
    no(
      'CVE-2023-47038',
      deb('libperl-example', '5.30.0-1', from('libperl-example', '5.30.0-1')),
      'another source',
      in12,
    ),
    yes('CVE-2024-57951', deb('linux-image-6.1.0-21-amd64', '6.1.90-1', from('linux', '6.1.90-1')), 'a kernel', in12),
    no('CVE-2024-57951', deb('linux-libc-dev', '6.1.90-1', from('linux', '6.1.90-1')), 'headers are no kernel', in12),
    yes('CVE-2024-7347', deb('nginx', '1.22.1-9'), "Debian's own", in12),
    no(
      'CVE-2024-7347',
      deb('nginx', '1.26.2-1~bookworm', { supplier: 'NGINX Packaging <nginx-packaging@f5.com>' }),
      "nginx's own archive",
      in12,
    ),
    no('CVE-2025-23085', deb('nodejs', '22.13.1-1nodesource1'), "NodeSource's archive", in12),
    yes('CVE-2025-23085', deb('nodejs', '18.19.0+dfsg-6~deb12u2'), "Debian's own, as upstream called it dfsg", in12),
    yes(
      'CVE-2024-28085',
      deb('libuuid1', '2.38.1-5', from('util-linux', '2.38.1-5')),
      'said by the CVE and by the DSA',
      in12,
    ),
    no(
      'CVE-2024-28085',
      deb('libuuid1', '2.38.1-5+deb12u1', from('util-linux', '2.38.1-5+deb12u1')),
      'has the update',
      in12,
    ),
    yes('CVE-2024-10976', deb('postgresql-15', '15.8-0+deb12u1'), 'only the DSA tells', in12),
    no(
      'DSA-5812-2',
      deb('postgresql-15', '15.9-0+deb12u1'),
      'the second DSA mends a regression, no vulnerability',
      in12,
    ),
    no('CVE-2024-10976', deb('postgresql-15', '15.10-1.pgdg120+1'), "the PostgreSQL project's archive", in12),
    no('CVE-2024-4741', deb('openssl', '3.0.9-1'), 'unstable has no release that could be judged', {
      distribution: debian(undefined),
    }),
    no('CVE-2024-4741', deb('openssl', '3.0.2-0ubuntu1.10'), "another distribution's, whatever it is like", {
      distribution: { id: 'ubuntu', versionId: '22.04', idLike: ['debian'] },
    }),
  ],
};
