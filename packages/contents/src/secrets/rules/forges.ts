import type { SecretRule } from '../rule.ts';
import { named, token } from './shapes.ts';

/** Where source code is kept. */
export const forges: readonly SecretRule[] = [
  token('github-pat', 'critical', 'GitHub personal access token', {
    token: 'ghp_[A-Za-z0-9]{36}',
    entropy: 3,
    finds: ['GITHUB_TOKEN=ghp_{alnum:36}', 'https://x:ghp_{alnum:36}@github.com/a/b.git'],
    ignores: ['ghp_{alnum:30}', 'ghp_{x:36}', 'ghp_{alnum:50}'],
  }),
  token('github-fine-grained-pat', 'critical', 'GitHub fine-grained personal access token', {
    token: 'github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}',
    finds: ['github_pat_{alnum:22}_{alnum:59}'],
    ignores: ['github_pat_{alnum:22}', 'github_pat_value'],
  }),
  token('github-oauth-token', 'critical', 'GitHub OAuth access token', {
    token: 'gho_[A-Za-z0-9]{36}',
    entropy: 3,
    finds: ['oauth_token: gho_{alnum:36}'],
    ignores: ['gho_{alnum:12}'],
  }),
  token('github-app-user-token', 'high', 'GitHub App user token', {
    token: 'ghu_[A-Za-z0-9]{36}',
    entropy: 3,
    finds: ['ghu_{alnum:36}'],
    ignores: ['ghu_{alnum:12}'],
  }),
  token('github-app-token', 'high', 'GitHub App installation token', {
    token: 'ghs_[A-Za-z0-9]{36}',
    entropy: 3,
    finds: ['ghs_{alnum:36}'],
    ignores: ['ghs_{alnum:12}'],
  }),
  token('github-refresh-token', 'critical', 'GitHub refresh token', {
    token: 'ghr_(?:[A-Za-z0-9]{76}|[A-Za-z0-9]{36})',
    finds: ['ghr_{alnum:76}', 'ghr_{alnum:36}'],
    ignores: ['ghr_{alnum:40}'],
  }),
  token('gitlab-pat', 'critical', 'GitLab personal access token', {
    token: 'glpat-[\\w-]{20}',
    entropy: 3,
    finds: ['PRIVATE-TOKEN: glpat-{alnum:20}'],
    ignores: ['glpat-{alnum:10}', 'glpat-{x:20}'],
  }),
  token('gitlab-pat-routable', 'critical', 'GitLab personal access token', {
    token: 'glpat-[\\w-]{27,300}\\.[0-9a-z]{2}[0-9a-z]{7}',
    finds: ['glpat-{alnum:27}.01{loweralnum:7}'],
    ignores: ['glpat-{alnum:27}.0'],
  }),
  ...[
    ['gitlab-deploy-token', 'GitLab deploy token', 'gldt', '[\\w-]{20}', '{alnum:20}'],
    ['gitlab-pipeline-trigger', 'GitLab pipeline trigger token', 'glptt', '[0-9a-f]{40}', '{hex:40}'],
    ['gitlab-job-token', 'GitLab CI job token', 'glcbt', '[0-9A-Za-z]{1,5}_[\\w-]{20}', '{hex:2}_{alnum:20}'],
    ['gitlab-scim-token', 'GitLab SCIM token', 'glsoat', '[\\w-]{20}', '{alnum:20}'],
    ['gitlab-oauth-secret', 'GitLab OAuth application secret', 'gloas', '[\\w-]{64}', '{alnum:64}'],
    ['gitlab-feed-token', 'GitLab feed token', 'glft', '[\\w-]{20}', '{alnum:20}'],
    ['gitlab-feature-flag-token', 'GitLab feature flag client token', 'glffct', '[\\w-]{20}', '{alnum:20}'],
    ['gitlab-incoming-mail-token', 'GitLab incoming mail token', 'glimt', '[\\w-]{25}', '{alnum:25}'],
    ['gitlab-agent-token', 'GitLab agent for Kubernetes token', 'glagent', '[\\w-]{50}', '{alnum:50}'],
    ['gitlab-runner-token', 'GitLab runner authentication token', 'glrt', '[\\w-]{20}', '{alnum:20}'],
  ].map(([id = '', title = '', prefix, rest, example]) =>
    token(id, 'high', title, {
      token: `${prefix}-${rest}`,
      finds: [`TOKEN=${prefix}-${example}`, `"${prefix}-${example}"`],
      ignores: [`${prefix}-{alnum:8}`, `${prefix}-<token>`],
    }),
  ),
  token('gitlab-runner-token-routable', 'high', 'GitLab runner authentication token', {
    token: 'glrt-t\\d_[\\w-]{27,300}\\.[0-9a-z]{2}[0-9a-z]{7}',
    keywords: ['glrt-t'],
    finds: ['glrt-t3_{alnum:27}.01{loweralnum:7}'],
    ignores: ['glrt-t3_{alnum:10}'],
  }),
  token('gitlab-runner-registration', 'high', 'GitLab runner registration token', {
    token: 'GR1348941[\\w-]{20}',
    finds: ['gitlab-runner register -r GR1348941{alnum:20}'],
    ignores: ['GR1348941{alnum:5}'],
  }),
  token('bitbucket-app-password', 'critical', 'Bitbucket app password', {
    token: 'ATBB[A-Za-z0-9]{32}',
    finds: ['BITBUCKET_APP_PASSWORD=ATBB{alnum:32}'],
    ignores: ['ATBB{alnum:10}'],
  }),
  token('bitbucket-access-token', 'critical', 'Bitbucket repository, project or workspace access token', {
    token: 'ATCTT3xFfG[A-Za-z0-9_=-]{150,220}',
    finds: ['ATCTT3xFfG{word:180}'],
    ignores: ['ATCTT3xFfG{word:40}'],
  }),
  named('bitbucket-client-secret', 'high', 'Bitbucket OAuth consumer secret', {
    names: ['bitbucket'],
    more: '[\\w.-]{0,20}secret',
    value: '[A-Za-z0-9]{32}',
    entropy: 3.5,
    finds: ['BITBUCKET_CLIENT_SECRET={alnum:32}'],
    ignores: ['BITBUCKET_BRANCH={alnum:32}'],
  }),
  named('gitea-token', 'high', 'Gitea or Forgejo access token', {
    names: ['gitea', 'forgejo'],
    more: '[\\w.-]{0,20}token',
    value: '[a-f0-9]{40}',
    entropy: 3,
    finds: ['GITEA_TOKEN={hex:40}'],
    ignores: ['GITEA_COMMIT={hex:40}'],
  }),
  token('sourcegraph-token', 'high', 'Sourcegraph access token', {
    token: 'sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}',
    finds: ['SRC_ACCESS_TOKEN=sgp_{hex:40}', 'sgp_{hex:16}_{hex:40}', 'sgp_local_{hex:40}'],
    ignores: ['sgp_{hex:16}'],
  }),
];
