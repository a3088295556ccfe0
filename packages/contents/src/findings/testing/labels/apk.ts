import type { Distribution } from '@lading/facts';
import { apk, from, type LabelGroup, no, yes } from './label.ts';

const alpine = (versionId: string): Distribution => ({ id: 'alpine', versionId });
const wolfi: Distribution = { id: 'wolfi', versionId: '20230201' };

/** Alpine's branches, and Wolfi, which has none. */
export const apkLabels: LabelGroup = {
  advisories: [
    { id: 'CVE-2024-4741', ecosystem: 'Alpine:v3.18', name: 'openssl', fixed: '3.1.6-r0' },
    { id: 'CVE-2024-4741', ecosystem: 'Alpine:v3.20', name: 'openssl', fixed: '3.3.0-r3' },
    { id: 'CVE-2023-42363', ecosystem: 'Alpine:v3.18', name: 'busybox', fixed: '1.36.1-r7' },
    { id: 'CVE-2025-26519', ecosystem: 'Alpine:v3.19', name: 'musl', fixed: '1.2.4_git20230717-r5' },
    { id: 'CGA-whjp-f75j-mjxh', aliases: ['CVE-2024-6119'], ecosystem: 'Wolfi', name: 'openssl', fixed: '3.3.2-r0' },
    { id: 'CGA-9hx4-xv8g-ff86', aliases: ['CVE-2023-42364'], ecosystem: 'Wolfi', name: 'busybox', fixed: '0' },
  ],
  labels: [
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
  ],
};
