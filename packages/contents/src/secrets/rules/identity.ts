import type { SecretRule } from '../rule.ts';
import { named, token } from './shapes.ts';

/** Who someone is: tokens of sign-on, headers of requests. */
export const identity: readonly SecretRule[] = [
  {
    id: 'jwt',
    title: 'JSON Web Token',
    severity: 'medium',
    reach: 6000,
    keywords: ['.eyJ'],
    pattern: 'eyJ[\\w-]{14,1000}\\.eyJ[\\w-]{14,4000}\\.([\\w-]{20,700})',
    lead: 'word',
    // The token that jwt.io shows.
    allow: ['^SflKxwRJSMeKKF2QT4fw', '^TJVA95OrM7E2cBab30RM'],
    finds: ['Bearer {url64:{"alg":"HS256","typ":"JWT"}}.{url64:{"sub":"app","iat":1}}.{word:43}'],
    ignores: [
      '{url64:{"alg":"none","typ":"JWT"}}.{url64:{"sub":"app","iat":1}}.',
      '{url64:{"alg":"HS256"}}.{url64:{"sub":"1234567890"}}.SflKxwRJSMeKKF2QT4fw{word:23}',
    ],
  },
  named('okta-token', 'high', 'Okta API token', {
    names: ['okta', 'ssws'],
    value: '00[\\w-]{40}',
    finds: ['OKTA_API_TOKEN=00{word:40}'],
    ignores: ['OKTA_DOMAIN=00{word:8}'],
  }),
  named('auth0-client-secret', 'high', 'Auth0 client secret', {
    names: ['auth0'],
    more: '[\\w.-]{0,12}secret',
    value: '[\\w-]{64}',
    entropy: 4,
    finds: ['AUTH0_CLIENT_SECRET={word:64}'],
    ignores: ['AUTH0_CLIENT_ID={alnum:32}'],
  }),
  named('keycloak-client-secret', 'high', 'Keycloak client secret', {
    names: ['keycloak'],
    more: '[\\w.-]{0,20}secret',
    value: '[A-Za-z0-9]{32}',
    entropy: 3.5,
    finds: ['KEYCLOAK_CLIENT_SECRET={alnum:32}'],
    ignores: ['KEYCLOAK_REALM={alnum:32}'],
  }),
  {
    id: 'bearer-header',
    title: 'Bearer token in a request',
    severity: 'high',
    reach: 2100,
    keywords: ['Authorization'],
    pattern:
      'Authorization["\']?[ \\t]{0,4}[:=,][ \\t]{0,4}["\']?(?:Bearer|Token)[ \\t]{1,4}([\\w.~+/-]{20,2000}={0,2})',
    ignoreCase: true,
    generic: true,
    judge: 'password',
    entropy: 3.5,
    finds: ['curl -H "Authorization: Bearer {alnum:40}" https://example.org'],
    ignores: ['Authorization: Bearer $TOKEN', 'Authorization: Bearer your-access-token-goes-here'],
  },
  {
    id: 'basic-header',
    title: 'Password in a request',
    severity: 'high',
    keywords: ['Authorization'],
    pattern: 'Authorization["\']?[ \\t]{0,4}[:=,][ \\t]{0,4}["\']?Basic[ \\t]{1,4}([A-Za-z0-9+/]{12,400}={0,2})',
    ignoreCase: true,
    judge: 'basic-auth',
    finds: ['Authorization: Basic {basic:deploy}'],
    ignores: ['Authorization: Basic {std64:user:password}', 'Authorization: Basic QWxhZGRpbjp'],
  },
  token('adobe-client-secret', 'high', 'Adobe client secret', {
    token: 'p8e-[A-Za-z0-9-]{32}',
    finds: ['p8e-{alnum:32}'],
    ignores: ['p8e-{alnum:8}'],
  }),
  token('gitlab-session', 'medium', 'GitLab session cookie', {
    token: '_gitlab_session=([0-9a-z]{32})',
    keywords: ['_gitlab_session='],
    finds: ['Cookie: _gitlab_session={hex:32}'],
    ignores: ['_gitlab_session=abc'],
  }),
];
