import type { SecretRule } from '../rule.ts';
import { named, token, uuid } from './shapes.ts';

/** Continuous integration, deployment, and what provisions machines. */
export const delivery: readonly SecretRule[] = [
  token('circleci-pat', 'critical', 'CircleCI personal API token', {
    token: 'CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}',
    finds: ['CCIPAT_{alnum:22}_{hex:40}'],
    ignores: ['CCIPAT_{alnum:22}'],
  }),
  token('circleci-project-token', 'high', 'CircleCI project token', {
    token: 'CCIPRJ_[A-Za-z0-9]{22}_[a-f0-9]{40}',
    finds: ['CCIPRJ_{alnum:22}_{hex:40}'],
    ignores: ['CCIPRJ_token'],
  }),
  named('circleci-token', 'high', 'CircleCI token', {
    names: ['circleci', 'circle-token', 'circle-ci'],
    value: '[a-f0-9]{40}',
    entropy: 3,
    finds: ['CIRCLE_TOKEN={hex:40}'],
    ignores: ['CIRCLE_SHA={hex:40}'],
  }),
  named('travis-token', 'high', 'Travis CI token', {
    names: ['travis'],
    more: '[\\w.-]{0,20}token',
    value: '[\\w-]{20,22}',
    entropy: 3.3,
    finds: ['TRAVIS_API_TOKEN={alnum:22}'],
    ignores: ['TRAVIS_BRANCH={alnum:22}'],
  }),
  named('drone-token', 'high', 'Drone CI token', {
    names: ['droneci', 'drone-token', 'drone-ci'],
    value: '[A-Za-z0-9]{32}',
    entropy: 3.5,
    finds: ['DRONE_TOKEN={alnum:32}'],
    ignores: ['DRONE_TOKEN={alnum:16}'],
  }),
  token('buildkite-token', 'high', 'Buildkite API token', {
    token: 'bkua_[a-f0-9]{40}',
    finds: ['bkua_{hex:40}'],
    ignores: ['bkua_{hex:20}'],
  }),
  named('codecov-token', 'medium', 'Codecov upload token', {
    names: ['codecov'],
    value: `(?:${uuid}|[a-z0-9]{32})`,
    entropy: 3,
    finds: ['CODECOV_TOKEN={uuid}'],
    ignores: ['codecov: enabled'],
  }),
  token('sonar-token', 'high', 'SonarQube token', {
    token: 'sq[upa]_[a-f0-9]{40}',
    keywords: ['squ_', 'sqp_', 'sqa_'],
    finds: ['sonar.login=squ_{hex:40}', 'sqp_{hex:40}'],
    ignores: ['squ_{hex:12}'],
  }),
  named('snyk-token', 'high', 'Snyk API token', {
    names: ['snyk'],
    more: '[\\w.-]{0,12}(?:key|token)',
    value: uuid,
    finds: ['SNYK_TOKEN={uuid}'],
    ignores: ['SNYK_ORG={uuid}'],
  }),
  token('octopus-api-key', 'high', 'Octopus Deploy API key', {
    token: 'API-[A-Z0-9]{26}',
    entropy: 3.3,
    finds: ['X-Octopus-ApiKey: API-{upperalnum:26}'],
    ignores: ['API-GATEWAY', 'API-{upperalnum:12}'],
  }),
  token('harness-api-key', 'high', 'Harness API key', {
    token: '[ps]at\\.[\\w-]{22}\\.[A-Za-z0-9]{24}\\.[A-Za-z0-9]{20}',
    keywords: ['pat.', 'sat.'],
    finds: ['x-api-key: pat.{alnum:22}.{alnum:24}.{alnum:20}'],
    ignores: ['pat.match(x)', 'sat.{alnum:22}'],
  }),
  named('jenkins-api-token', 'high', 'Jenkins API token', {
    names: ['jenkins'],
    value: '11[a-f0-9]{32}',
    finds: ['JENKINS_API_TOKEN=11{hex:32}'],
    ignores: ['JENKINS_VERSION=2.401'],
  }),
  named('cypress-record-key', 'medium', 'Cypress record key', {
    names: ['cypress-record-key'],
    value: uuid,
    finds: ['CYPRESS_RECORD_KEY={uuid}'],
    ignores: ['CYPRESS_PROJECT={uuid}'],
  }),
  token('chromatic-token', 'medium', 'Chromatic project token', {
    token: 'chpt_[a-f0-9]{12,40}',
    finds: ['CHROMATIC_PROJECT_TOKEN=chpt_{hex:16}'],
    ignores: ['chpt_<token>'],
  }),
  token('terraform-token', 'critical', 'Terraform Cloud API token', {
    token: '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{60,70}',
    keywords: ['.atlasv1.'],
    lead: 14,
    within: true,
    finds: ['token = "{alnum:14}.atlasv1.{word:67}"'],
    ignores: ['x.atlasv1.{word:67}', '{alnum:14}.atlasv1.{word:20}'],
  }),
  token('pulumi-token', 'critical', 'Pulumi access token', {
    token: 'pul-[a-f0-9]{40}',
    finds: ['PULUMI_ACCESS_TOKEN=pul-{hex:40}'],
    ignores: ['pul-{hex:20}'],
  }),
  token('infracost-key', 'medium', 'Infracost API key', {
    token: 'ico-[A-Za-z0-9]{32}',
    finds: ['INFRACOST_API_KEY=ico-{alnum:32}'],
    ignores: ['ico-{alnum:12}', 'ico-font-awesome-something-or-other'],
  }),
  token('prefect-token', 'high', 'Prefect API token', {
    token: 'pnu_[A-Za-z0-9]{36}',
    finds: ['PREFECT_API_KEY=pnu_{alnum:36}'],
    ignores: ['pnu_{alnum:10}'],
  }),
  token('doppler-token', 'critical', 'Doppler token', {
    token: 'dp\\.(?:pt|st|sa|ct|scim|audit)\\.(?:[\\w-]{2,35}\\.)?[A-Za-z0-9]{40,44}',
    keywords: ['dp.pt.', 'dp.st.', 'dp.sa.', 'dp.ct.', 'dp.scim.', 'dp.audit.'],
    finds: ['DOPPLER_TOKEN=dp.pt.{alnum:43}', 'dp.st.prd.{alnum:43}'],
    ignores: ['dp.st.prd', 'dp.pt.{alnum:20}'],
  }),
  token('vault-service-token', 'critical', 'HashiCorp Vault service token', {
    token: 'hvs\\.[\\w-]{24,300}',
    entropy: 3.5,
    finds: ['VAULT_TOKEN=hvs.{word:95}', 'hvs.{alnum:24}'],
    ignores: ['hvs.{alnum:10}'],
  }),
  token('vault-batch-token', 'critical', 'HashiCorp Vault batch token', {
    token: 'hv[br]\\.[\\w-]{90,400}',
    keywords: ['hvb.', 'hvr.'],
    finds: ['hvb.{word:160}'],
    ignores: ['hvb.{word:20}'],
  }),
  named('vault-legacy-token', 'critical', 'HashiCorp Vault token', {
    names: ['vault'],
    more: '[\\w.-]{0,10}token',
    value: 's\\.[A-Za-z0-9]{24}',
    finds: ['VAULT_TOKEN=s.{alnum:24}'],
    ignores: ['VAULT_TOKEN=s.{alnum:6}'],
  }),
  token('ansible-vault', 'low', 'File encrypted with Ansible Vault', {
    token: '\\$ANSIBLE_VAULT;1\\.[12];AES256(?:;[\\w.-]{1,80})?\\r?\\n([0-9a-f]{60,81})',
    keywords: ['$ANSIBLE_VAULT;'],
    finds: ['$ANSIBLE_VAULT;1.1;AES256\n{hex:80}\n{hex:80}'],
    ignores: ['$ANSIBLE_VAULT;1.1;AES256\nno', 'header == "$ANSIBLE_VAULT;"'],
  }),
];
