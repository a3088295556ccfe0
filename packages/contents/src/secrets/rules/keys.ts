import { maxPatternLength } from '../pattern-cost.ts';
import type { SecretRule } from '../rule.ts';
import { digits, followedBy, token } from './shapes.ts';

/** What follows a label, also where line ends are written as \n. A key that is cut short is found as well. */
const pem = (label: string): string =>
  `${label}-----(?:(?:\\\\n|\\r?\\n)[A-Za-z-]{2,20}:(?: [^\\s\\\\]{1,100}){1,3}){0,3}` +
  '([\\\\\\r\\n ][A-Za-z0-9+/=\\\\\\r\\n \\t]{63,12000})';

/** Private keys, as files and inside others. */
export const keys: readonly SecretRule[] = [
  {
    id: 'private-key',
    title: 'Private key',
    severity: 'critical',
    reach: maxPatternLength,
    keywords: ['-----BEGIN PRIVATE KEY', '-----BEGIN RSA PRIVATE', '-----BEGIN EC PRIVATE', '-----BEGIN DSA PRIVATE'],
    pattern: `-----BEGIN (?:(?:RSA|EC|DSA) )?${pem('PRIVATE KEY')}`,
    within: true,
    finds: [
      '{begin:PRIVATE KEY}\n{pem:6}\n{end:PRIVATE KEY}',
      '{begin:RSA PRIVATE KEY}\r\n{pem:8}\r\n{end:RSA PRIVATE KEY}',
      '"private_key": "{begin:PRIVATE KEY}\\n{base64:400}\\n{end:PRIVATE KEY}\\n"',
    ],
    ignores: [
      '{begin:PRIVATE KEY}',
      'if (line === "{begin:PRIVATE KEY}") return;',
      '{begin:PUBLIC KEY}\n{pem:6}\n{end:PUBLIC KEY}',
      '{begin:CERTIFICATE}\n{pem:6}\n{end:CERTIFICATE}',
    ],
  },
  {
    id: 'private-key-openssh',
    title: 'OpenSSH private key',
    severity: 'critical',
    reach: maxPatternLength,
    keywords: ['-----BEGIN OPENSSH PRIVATE'],
    pattern: `-----BEGIN OPENSSH ${pem('PRIVATE KEY')}`,
    within: true,
    finds: ['{begin:OPENSSH PRIVATE KEY}\n{pem:6}\n{end:OPENSSH PRIVATE KEY}'],
    ignores: ['{begin:OPENSSH PRIVATE KEY}\n...\n'],
  },
  {
    id: 'private-key-encrypted',
    title: 'Private key under a passphrase',
    severity: 'medium',
    reach: maxPatternLength,
    keywords: ['-----BEGIN ENCRYPTED', '-----BEGIN SSH2 ENCRYPTED'],
    pattern: `-----BEGIN (?:SSH2 )?ENCRYPTED (?:SIGSTORE |COSIGN )?${pem('PRIVATE KEY')}`,
    within: true,
    finds: [
      '{begin:ENCRYPTED PRIVATE KEY}\n{pem:6}\n{end:ENCRYPTED PRIVATE KEY}',
      '{begin:ENCRYPTED SIGSTORE PRIVATE KEY}\n{pem:6}\n{end:ENCRYPTED SIGSTORE PRIVATE KEY}',
    ],
    ignores: ['{begin:ENCRYPTED PRIVATE KEY}\n'],
  },
  {
    id: 'private-key-pgp',
    title: 'OpenPGP private key',
    severity: 'critical',
    reach: maxPatternLength,
    keywords: ['-----BEGIN PGP PRIVATE'],
    pattern: `-----BEGIN PGP ${pem('PRIVATE KEY BLOCK')}`,
    within: true,
    finds: [
      '{begin:PGP PRIVATE KEY BLOCK}\n\n{pem:12}\n=abcd\n{end:PGP PRIVATE KEY BLOCK}',
      '{begin:PGP PRIVATE KEY BLOCK}\nVersion: GnuPG v2\n\n{pem:12}\n{end:PGP PRIVATE KEY BLOCK}',
    ],
    ignores: ['{begin:PGP PUBLIC KEY BLOCK}\n\n{pem:12}\n'],
  },
  {
    id: 'private-key-putty',
    title: 'PuTTY private key',
    severity: 'critical',
    reach: maxPatternLength,
    keywords: ['Private-Lines:'],
    pattern: 'Private-Lines: \\d{1,3}\\r?\\n([A-Za-z0-9+/=\\r\\n]{40,12000})',
    finds: ['PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 14\n{pem:14}\nPrivate-MAC: {hex:64}'],
    ignores: ['Private-Lines: 14', 'Public-Lines: 6\n{pem:6}\n'],
  },
  token('age-secret-key', 'critical', 'age secret key', {
    token: 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}',
    finds: ['AGE-SECRET-KEY-1{bech32:58}'],
    ignores: ['AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-1{bech32:20}'],
  }),
  {
    id: 'jwk-private',
    title: 'Private JSON Web Key',
    severity: 'critical',
    reach: 700,
    keywords: ['"d":', '"d" :'],
    // The lengths of P-256 and Ed25519, P-384, P-521, and RSA of 2048, 3072 and 4096 bits.
    pattern: '"d" ?:[ \\t]{0,4}"([\\w-]{43}|[\\w-]{64}|[\\w-]{86,88}|[\\w-]{342}|[\\w-]{512}|[\\w-]{683})"',
    entropy: 4,
    finds: ['{"kty":"EC","crv":"P-256","x":"{word:43}","y":"{word:43}","d":"{word:43}"}'],
    ignores: ['{"kty":"EC","crv":"P-256","x":"{word:43}","y":"{word:43}"}'],
  },
  {
    id: 'wireguard-private-key',
    title: 'WireGuard private key',
    severity: 'high',
    keywords: ['PrivateKey'],
    pattern: 'PrivateKey[ \\t]{0,4}=[ \\t]{0,4}([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)(?![A-Za-z0-9+/=])',
    finds: ['[Interface]\nPrivateKey = {base64:42}Y='],
    ignores: ['PublicKey = {base64:42}Y=', 'PrivateKey = <key>'],
  },
  {
    id: 'kubernetes-client-key',
    title: 'Client key in a kubeconfig',
    severity: 'critical',
    reach: maxPatternLength,
    keywords: ['client-key-data'],
    pattern: 'client-key-data["\']?[ \\t]{0,4}:[ \\t]{0,4}["\']?(LS0t[A-Za-z0-9+/]{200,12000}={0,2})',
    finds: ['    client-key-data: LS0t{base64:1600}=='],
    ignores: ['client-certificate-data: LS0t{base64:1600}==', 'client-key-data: REDACTED'],
  },
  token('onepassword-secret-key', 'critical', '1Password secret key', {
    token: 'A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}',
    keywords: followedBy('A3-', `${digits}ABCDEFGHIJKLMNOPQRSTUVWXYZ`),
    finds: ['A3-{upperalnum:6}-{upperalnum:6}-{upperalnum:5}-{upperalnum:5}-{upperalnum:5}-{upperalnum:5}'],
    ignores: ['A3-{upperalnum:6}', 'A3-PAPER'],
  }),
  token('onepassword-service-account', 'critical', '1Password service account token', {
    reach: 2100,
    token: 'ops_eyJ[A-Za-z0-9+/]{250,2000}={0,3}',
    finds: ['OP_SERVICE_ACCOUNT_TOKEN=ops_eyJ{alnum:400}'],
    ignores: ['ops_eyJ{alnum:20}'],
  }),
  {
    id: 'private-key-base64',
    title: 'Private key, in base64 once more',
    severity: 'critical',
    reach: maxPatternLength,
    // `-----BEGIN`, then ` PRIVATE`, ` RSA`, ` EC` or ` OPENSSH`.
    keywords: ['LS0tLS1CRUdJTiBQUklW', 'LS0tLS1CRUdJTiBSU0Eg', 'LS0tLS1CRUdJTiBFQyBQ', 'LS0tLS1CRUdJTiBPUEVO'],
    pattern: '(LS0tLS1CRUdJTi(?:BQUklW|BSU0Eg|BFQyBQ|BPUEVO)[A-Za-z0-9+/]{160,12000})',
    finds: ['TLS_KEY={std64:-----BEGIN PRIVATE KEY--}{base64:400}'],
    ignores: ['{std64:-----BEGIN CERTIFICATE--}{base64:400}', '{std64:-----BEGIN PRIVATE KEY--}'],
  },
];
