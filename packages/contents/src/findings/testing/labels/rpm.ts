import type { Distribution } from '@lading/facts';
import { from, type LabelGroup, no, rpm, yes } from './label.ts';

const el = (id: 'almalinux' | 'rocky', versionId: string): Distribution => ({ id, versionId });

/** Rocky Linux and AlmaLinux: errata, epochs and module streams. */
export const rpmLabels: LabelGroup = {
  advisories: [
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
  ],
  labels: [
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
  ],
};
