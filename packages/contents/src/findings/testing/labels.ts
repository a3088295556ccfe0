import type { Distribution, ImagePackage } from '@lading/facts';
import type { AdvisorySample } from '../../testing/memory-advisories.ts';
import { samplePackage } from '../../testing/sample-facts.ts';

/** Whether an installed package has a vulnerability, as somebody who knows both would say. */
export interface Label {
  readonly distribution?: Distribution | undefined;
  readonly package: ImagePackage;
  /** Others in the same image that matter to the case. */
  readonly beside?: readonly ImagePackage[] | undefined;
  readonly vulnerability: string;
  readonly expected: boolean;
  readonly reason: string;
}

const debian = (versionId: string | undefined): Distribution => ({ id: 'debian', versionId });
const alpine = (versionId: string): Distribution => ({ id: 'alpine', versionId });
const el = (id: 'almalinux' | 'rocky', versionId: string): Distribution => ({ id, versionId });
const wolfi: Distribution = { id: 'wolfi', versionId: '20230201' };

type Extra = Partial<ImagePackage>;
const of =
  (type: ImagePackage['type']) =>
  (name: string, version: string, extra: Extra = {}): ImagePackage =>
    samplePackage({ type, name, version, ...extra });
const deb = of('deb');
const apk = of('apk');
const rpm = of('rpm');
const npm = of('npm');
const pypi = of('pypi');
const go = of('golang');
const maven = of('maven');
const from = (name: string, version: string): Extra => ({ source: { name, version } });

const has =
  (expected: boolean) =>
  (
    vulnerability: string,
    found: ImagePackage,
    reason: string,
    more: Pick<Label, 'distribution' | 'beside'> = {},
  ): Label => ({
    ...{ vulnerability, package: found, reason, expected },
    ...more,
  });
const yes = has(true);
const no = has(false);
const in11 = { distribution: debian('11') };
const in12 = { distribution: debian('12') };
const in13 = { distribution: debian('13') };
const requestsOfDebian = deb('python3-requests', '2.28.1+dfsg-1', from('requests', '2.28.1+dfsg-1'));
const toolOfOthers = deb('tool', '1.0-1nodesource1');

/** As OSV has them, early in 2025; shortened to what decides. */
export const labelledAdvisories: readonly AdvisorySample[] = [
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
  { id: 'CVE-2023-32681', ecosystem: 'Debian:12', name: 'requests' },
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
  { id: 'CVE-2024-4741', ecosystem: 'Alpine:v3.18', name: 'openssl', fixed: '3.1.6-r0' },
  { id: 'CVE-2024-4741', ecosystem: 'Alpine:v3.20', name: 'openssl', fixed: '3.3.0-r3' },
  { id: 'CVE-2023-42363', ecosystem: 'Alpine:v3.18', name: 'busybox', fixed: '1.36.1-r7' },
  { id: 'CVE-2025-26519', ecosystem: 'Alpine:v3.19', name: 'musl', fixed: '1.2.4_git20230717-r5' },
  {
    id: 'RLSA-2024:3339',
    aliases: ['CVE-2024-2961', 'CVE-2024-33599'],
    ecosystem: 'Rocky Linux:9',
    name: 'glibc',
    fixed: '0:2.34-100.el9_4.2',
  },
  {
    id: 'RLSA-2023:0946',
    aliases: ['CVE-2022-4203', 'CVE-2022-4304'],
    ecosystem: 'Rocky Linux:9',
    name: 'openssl',
    fixed: '1:3.0.1-47.el9_1',
  },
  {
    id: 'RLSA-2024:5815',
    aliases: ['CVE-2024-22018', 'CVE-2024-22020'],
    ecosystem: 'Rocky Linux:9',
    name: 'nodejs',
    fixed: '1:20.16.0-1.module+el9.4.0+25495+f51dca35',
  },
  {
    id: 'RLSA-2024:6147',
    aliases: ['CVE-2024-22020', 'CVE-2024-28863'],
    ecosystem: 'Rocky Linux:9',
    name: 'nodejs',
    fixed: '1:18.20.4-1.module+el9.4.0+25542+b1e8296f',
  },
  {
    id: 'ALSA-2024:3339',
    aliases: ['CVE-2024-2961'],
    ecosystem: 'AlmaLinux:9',
    name: 'glibc-common',
    fixed: '2.34-100.el9_4.2',
  },
  { id: 'ALBA-2024:0001', ecosystem: 'AlmaLinux:9', name: 'glibc-common', fixed: '2.34-200.el9' },
  { id: 'CGA-whjp-f75j-mjxh', aliases: ['CVE-2024-6119'], ecosystem: 'Wolfi', name: 'openssl', fixed: '3.3.2-r0' },
  { id: 'CGA-9hx4-xv8g-ff86', aliases: ['CVE-2023-42364'], ecosystem: 'Wolfi', name: 'busybox', fixed: '0' },
  { id: 'GHSA-35jh-r3h4-6jhm', aliases: ['CVE-2021-23337'], ecosystem: 'npm', name: 'lodash', fixed: '4.17.21' },
  {
    id: 'GHSA-p6mc-m468-83gw',
    aliases: ['CVE-2020-8203'],
    ecosystem: 'npm',
    name: 'lodash',
    ranges: [{ introduced: '3.7.0', fixed: '4.17.19' }],
  },
  {
    id: 'GHSA-67hx-6x53-jw92',
    aliases: ['CVE-2023-45133'],
    ecosystem: 'npm',
    name: '@babel/traverse',
    ranges: [
      { introduced: '0', fixed: '7.23.2' },
      { introduced: '8.0.0-alpha.0', fixed: '8.0.0-alpha.4' },
    ],
  },
  {
    id: 'GHSA-c2qf-rxjj-qqgw',
    aliases: ['CVE-2022-25883'],
    ecosystem: 'npm',
    name: 'semver',
    ranges: [
      { introduced: '7.0.0', fixed: '7.5.2' },
      { introduced: '6.0.0', fixed: '6.3.1' },
      { introduced: '0', fixed: '5.7.2' },
    ],
  },
  {
    id: 'PYSEC-2023-74',
    aliases: ['CVE-2023-32681', 'GHSA-j8r2-6x86-q33q'],
    ecosystem: 'PyPI',
    name: 'requests',
    ranges: [{ introduced: '2.3.0', fixed: '2.31.0' }],
  },
  { id: 'GHSA-q2x7-8rv6-6q7h', aliases: ['CVE-2024-56326'], ecosystem: 'PyPI', name: 'jinja2', fixed: '3.1.5' },
  { id: 'PYSEC-0000-1', aliases: ['CVE-2024-56326'], ecosystem: 'PyPI', name: 'jinja2', ranges: [{ introduced: '0' }] },
  {
    id: 'GHSA-34jh-p97f-mpxf',
    aliases: ['CVE-2024-37891'],
    ecosystem: 'PyPI',
    name: 'urllib3',
    ranges: [
      { introduced: '0', fixed: '1.26.19' },
      { introduced: '2.0.0', fixed: '2.2.2' },
    ],
  },
  {
    id: 'GO-2022-0969',
    aliases: ['CVE-2022-27664', 'GHSA-69cg-p879-7622'],
    ecosystem: 'Go',
    name: 'stdlib',
    ranges: [
      { introduced: '0', fixed: '1.18.6' },
      { introduced: '1.19.0-0', fixed: '1.19.1' },
    ],
  },
  {
    id: 'GO-2022-0969',
    aliases: ['CVE-2022-27664', 'GHSA-69cg-p879-7622'],
    ecosystem: 'Go',
    name: 'golang.org/x/net',
    fixed: '0.0.0-20220906165146-f3363e06e74c',
  },
  {
    id: 'GO-2021-0052',
    aliases: ['CVE-2020-28483', 'GHSA-h395-qcrw-5vmq'],
    ecosystem: 'Go',
    name: 'github.com/gin-gonic/gin',
    fixed: '1.7.7',
  },
  {
    id: 'GHSA-7rjr-3q55-vv33',
    aliases: ['CVE-2021-45046'],
    ecosystem: 'Maven',
    name: 'org.apache.logging.log4j:log4j-core',
    ranges: [
      { introduced: '2.13.0', fixed: '2.16.0' },
      { introduced: '0', fixed: '2.12.2' },
    ],
  },
  {
    id: 'GHSA-22f2-v57c-j9cx',
    aliases: ['CVE-2024-25126'],
    ecosystem: 'RubyGems',
    name: 'rack',
    ranges: [
      { introduced: '3.0.0', fixed: '3.0.9.1' },
      { introduced: '0.4', fixed: '2.2.8.1' },
    ],
  },
  {
    id: 'GHSA-4q83-7cq4-p6wg',
    ecosystem: 'crates.io',
    name: 'tokio',
    ranges: [
      { introduced: '1.21.0', fixed: '1.24.2' },
      { introduced: '1.19.0', fixed: '1.20.4' },
      { introduced: '0.2.0', fixed: '1.18.5' },
    ],
  },
  { id: 'GHSA-8rfx-6mr3-5jh3', ecosystem: 'NuGet', name: 'Newtonsoft.Json', fixed: '13.0.1' },
  {
    id: 'GHSA-q559-8m2m-g699',
    aliases: ['CVE-2022-31091'],
    ecosystem: 'Packagist',
    name: 'guzzlehttp/guzzle',
    ranges: [
      { introduced: '0', fixed: '6.5.8' },
      { introduced: '7.0.0', fixed: '7.4.5' },
    ],
  },
];

/** The table of true and false positives that the project keeps. What a scanner once got wrong belongs here. */
export const labels: readonly Label[] = [
  // Debian
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
  yes('CVE-2024-3094', deb('liblzma5', '5.6.1-1', from('xz-utils', '5.6.1-1')), 'the version with the back door', in13),
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
  no('CVE-2023-47038', deb('libperl-example', '5.30.0-1', from('libperl-example', '5.30.0-1')), 'another source', in12),
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
  no('DSA-5812-2', deb('postgresql-15', '15.9-0+deb12u1'), 'the second DSA mends a regression, no vulnerability', in12),
  no('CVE-2024-10976', deb('postgresql-15', '15.10-1.pgdg120+1'), "the PostgreSQL project's archive", in12),
  no('CVE-2024-4741', deb('openssl', '3.0.9-1'), 'unstable has no release that could be judged', {
    distribution: debian(undefined),
  }),
  no('CVE-2024-4741', deb('openssl', '3.0.2-0ubuntu1.10'), "another distribution's, whatever it is like", {
    distribution: { id: 'ubuntu', versionId: '22.04', idLike: ['debian'] },
  }),
  // What the distribution brought, and what others did
  no(
    'CVE-2023-32681',
    pypi('requests', '2.28.1', { owner: { type: 'deb', name: 'python3-requests' } }),
    'a file of a package that is judged itself',
    { ...in12, beside: [requestsOfDebian] },
  ),
  yes('CVE-2023-32681', requestsOfDebian, 'that package', in12),
  yes(
    'CVE-2023-32681',
    pypi('requests', '2.28.1', { owner: { type: 'deb', name: 'tool' } }),
    "in a package of somebody else's",
    { ...in12, beside: [toolOfOthers] },
  ),
  yes('CVE-2023-32681', pypi('requests', '2.28.1'), 'installed with pip', { ...in12, beside: [requestsOfDebian] }),
  // Alpine and Wolfi
  yes('CVE-2024-4741', apk('libcrypto3', '3.1.4-r6', from('openssl', '3.1.4-r6')), 'older than the fix of 3.18', {
    distribution: alpine('3.18.4'),
  }),
  no(
    'CVE-2024-4741',
    apk('libcrypto3', '3.1.6-r0', from('openssl', '3.1.6-r0')),
    '3.20 needs 3.3.0, but this is 3.18',
    { distribution: alpine('3.18.7') },
  ),
  yes('CVE-2024-4741', apk('libcrypto3', '3.3.0-r2', from('openssl', '3.3.0-r2')), 'one rebuild short', {
    distribution: alpine('3.20.0'),
  }),
  no('CVE-2023-42363', apk('busybox', '1.36.1-r15'), 'r15 is above r7', { distribution: alpine('3.18.9') }),
  yes('CVE-2025-26519', apk('musl', '1.2.4_git20230717-r4'), 'a snapshot, one rebuild short', {
    distribution: alpine('3.19.1'),
  }),
  no('CVE-2024-4741', apk('libcrypto3', '3.3.0-r0', from('openssl', '3.3.0-r0')), 'edge has no release', {
    distribution: alpine('3.21_alpha20240807'),
  }),
  yes('CVE-2024-6119', apk('libssl3', '3.3.1-r6', from('openssl', '3.3.1-r6')), 'older than the fix', {
    distribution: wolfi,
  }),
  no('CVE-2023-42364', apk('busybox', '1.36.1-r2'), 'Wolfi says it never was affected', { distribution: wolfi }),
  // rpm
  yes('CVE-2024-2961', rpm('glibc', '2.34-83.el9.12', from('glibc', '2.34-83.el9.12')), 'older than the erratum', {
    distribution: el('rocky', '9.3'),
  }),
  no(
    'CVE-2024-2961',
    rpm('glibc', '2.34-100.el9_4.2', from('glibc', '2.34-100.el9_4.2')),
    'the erratum is installed; no epoch is epoch 0',
    { distribution: el('rocky', '9.4') },
  ),
  yes(
    'CVE-2022-4304',
    rpm('openssl-libs', '1:3.0.1-43.el9_0', from('openssl', '3.0.1-43.el9_0')),
    'the source tells no epoch',
    { distribution: el('rocky', '9.0') },
  ),
  no(
    'CVE-2022-4304',
    rpm('openssl-libs', '1:3.0.7-24.el9', from('openssl', '3.0.7-24.el9')),
    'newer, with the epoch of the binary',
    { distribution: el('rocky', '9.3') },
  ),
  no(
    'CVE-2024-22018',
    rpm(
      'nodejs',
      '1:18.20.4-1.module+el9.4.0+25542+b1e8296f',
      from('nodejs', '18.20.4-1.module+el9.4.0+25542+b1e8296f'),
    ),
    'of the stream of 20 alone',
    { distribution: el('rocky', '9.4') },
  ),
  yes(
    'CVE-2024-22020',
    rpm('nodejs', '1:18.19.1-1.module+el9.3.0+1', from('nodejs', '18.19.1-1.module+el9.3.0+1')),
    'older in its own stream',
    { distribution: el('rocky', '9.3') },
  ),
  no('CVE-2024-22020', rpm('nodejs', '1:16.20.2-4.el9_3', from('nodejs', '16.20.2-4.el9_3')), 'of no module', {
    distribution: el('rocky', '9.3'),
  }),
  no(
    'CVE-2024-2961',
    rpm('glibc', '2.28-1', { ...from('glibc', '2.28-1'), supplier: 'Example, Inc.' }),
    'of another vendor',
    { distribution: el('rocky', '9.3') },
  ),
  yes(
    'CVE-2024-2961',
    rpm('glibc-common', '2.34-83.el9', { supplier: 'AlmaLinux' }),
    'AlmaLinux names binary packages',
    { distribution: el('almalinux', '9.3') },
  ),
  no('ALBA-2024:0001', rpm('glibc-common', '2.34-100.el9_4.2'), 'mends a bug, no vulnerability', {
    distribution: el('almalinux', '9.4'),
  }),
  // Languages
  yes('CVE-2021-23337', npm('lodash', '4.17.20'), 'older than the fix'),
  no('CVE-2021-23337', npm('lodash', '4.17.21'), 'the fix'),
  no('CVE-2020-8203', npm('lodash', '3.5.0'), 'before it was introduced'),
  yes('CVE-2023-45133', npm('traverse', '8.0.0-alpha.2', { namespace: '@babel' }), 'a pre-release of the next branch'),
  no('CVE-2023-45133', npm('traverse', '7.23.2', { namespace: '@babel' }), 'the fix of its branch'),
  no('CVE-2023-45133', npm('traverse', '6.0.0'), 'another package: it has no scope'),
  yes('CVE-2022-25883', npm('semver', '6.3.0'), 'in the second branch'),
  no('CVE-2022-25883', npm('semver', '6.3.1'), 'the fix of the second branch, below that of the first'),
  yes('CVE-2024-56326', pypi('jinja2', '3.1.4'), 'older than the fix'),
  no('CVE-2024-56326', pypi('jinja2', '3.1.6'), 'one advisory never learnt of the fix'),
  no('CVE-2024-37891', pypi('urllib3', '2.2.2'), 'the fix'),
  yes('CVE-2024-37891', pypi('urllib3', '2.0.0'), 'where the second range begins'),
  no('CVE-2023-32681', pypi('requests', '2.31.0.post1'), 'after the fix'),
  yes('CVE-2022-27664', go('stdlib', 'go1.19', { role: 'standard-library' }), 'the release before the fix'),
  no('CVE-2022-27664', go('stdlib', 'go1.18.10', { role: 'standard-library' }), 'above the fix of its branch'),
  yes(
    'CVE-2022-27664',
    go('net', 'v0.0.0-20220722155237-a158d28d115b', { namespace: 'golang.org/x' }),
    'an older pseudo-version',
  ),
  no('CVE-2022-27664', go('net', 'v0.7.0', { namespace: 'golang.org/x' }), 'a release, above all pseudo-versions'),
  no(
    'CVE-2020-28483',
    go('gin', '(devel)', { namespace: 'github.com/gin-gonic', role: 'main' }),
    'nobody knows its version',
  ),
  yes('CVE-2020-28483', go('gin', 'v1.6.3', { namespace: 'github.com/gin-gonic' }), 'older than the fix'),
  yes(
    'CVE-2021-45046',
    maven('log4j-core', '2.15.0', { namespace: 'org.apache.logging.log4j' }),
    'the first fix was not enough',
  ),
  no(
    'CVE-2021-45046',
    maven('log4j-core', '2.12.2', { namespace: 'org.apache.logging.log4j' }),
    'the fix for old versions of Java',
  ),
  no(
    'CVE-2021-45046',
    maven('log4j-api', '2.15.0', { namespace: 'org.apache.logging.log4j' }),
    'another artifact of the project',
  ),
  no('CVE-2024-25126', of('gem')('rack', '3.0.9.1'), 'four numbers'),
  yes('CVE-2024-25126', of('gem')('rack', '2.2.8'), 'one number fewer is older'),
  no('GHSA-4q83-7cq4-p6wg', of('cargo')('tokio', '1.20.4'), 'the fix of its branch'),
  yes('GHSA-8rfx-6mr3-5jh3', of('nuget')('Newtonsoft.Json', '12.0.3'), 'older than the fix'),
  yes('CVE-2022-31091', of('composer')('guzzle', '7.4.4', { namespace: 'guzzlehttp' }), 'in the second branch'),
];
