import { type Check, instructionsOf } from '../check.ts';

export const unverifiedPackages: Check = {
  id: 'unverified-packages',
  standard: 'CIS Docker 1.6 §4.11',
  severity: 'high',
  title: 'Packages or downloads that nobody verified',
  reason: 'Signatures and certificates were switched off: whoever is on the way put in what they liked.',
  fix: 'Install the signing key or certificate, and leave verification on.',
  find: (image) =>
    instructionsOf(
      image,
      /--allow-(?:unauthenticated|untrusted|insecure-repositories)|--force-yes|--no-?gpg-?check|\[trusted=yes\]|--no-check-certificate|\bcurl\b[^&|;]{0,200}\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure)\s|--trusted-host|strict-ssl false|NODE_TLS_REJECT_UNAUTHORIZED=0|GIT_SSL_NO_VERIFY=/,
    ),
};
