import type { SecretRule } from '../rule.ts';
import { digits, followedBy, letters, named, token, uuid } from './shapes.ts';

/** Mail and marketing. */
export const mail: readonly SecretRule[] = [
  token('sendgrid-key', 'critical', 'SendGrid API key', {
    token: 'SG\\.[\\w-]{22}\\.[\\w-]{43}',
    keywords: followedBy('SG.', `${letters}${digits}_-`),
    finds: ['SENDGRID_API_KEY=SG.{word:22}.{word:43}'],
    ignores: ['MSG.{word:22}', 'SG.{word:10}'],
  }),
  token('mailgun-key', 'high', 'Mailgun API key', {
    token: 'key-[a-f0-9]{32}',
    entropy: 3,
    finds: ['api:key-{hex:32}'],
    ignores: ['key-{hex:12}', 'key-00000000000000000000000000000000'],
  }),
  named('mailgun-private-key', 'high', 'Mailgun private key', {
    names: ['mailgun'],
    value: '[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}',
    finds: ['MAILGUN_API_KEY={hex:32}-{hex:8}-{hex:8}'],
    ignores: ['MAILGUN_DOMAIN=mg.example.org'],
  }),
  token('mailchimp-key', 'high', 'Mailchimp API key', {
    token: '[a-f0-9]{32}-us[0-9]{1,2}',
    keywords: followedBy('-us', '123456789'),
    lead: 32,
    entropy: 3,
    finds: ['MAILCHIMP_KEY={hex:32}-us14'],
    ignores: ['{hex:12}-us14', 'region-us1'],
  }),
  token('brevo-api-key', 'high', 'Brevo API key', {
    token: 'xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}',
    finds: ['xkeysib-{hex:64}-{alnum:16}'],
    ignores: ['xkeysib-{hex:20}'],
  }),
  token('brevo-smtp-key', 'high', 'Brevo SMTP key', {
    token: 'xsmtpsib-[a-f0-9]{64}-[A-Za-z0-9]{16}',
    finds: ['xsmtpsib-{hex:64}-{alnum:16}'],
    ignores: ['xsmtpsib-{hex:20}'],
  }),
  named('postmark-token', 'high', 'Postmark server token', {
    names: ['postmark'],
    value: uuid,
    finds: ['POSTMARK_API_TOKEN={uuid}'],
    ignores: ['POSTMARK_API_TOKEN=POSTMARK_API_TEST'],
  }),
  named('sparkpost-key', 'high', 'SparkPost API key', {
    names: ['sparkpost'],
    value: '[a-f0-9]{40}',
    entropy: 3,
    finds: ['SPARKPOST_API_KEY={hex:40}'],
    ignores: ['SPARKPOST_API_KEY={hex:8}'],
  }),
  named('resend-key', 'high', 'Resend API key', {
    names: ['resend'],
    value: 're_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}',
    finds: ['RESEND_API_KEY=re_{alnum:8}_{alnum:24}'],
    ignores: ['resend = re_compile', 'RESEND_API_KEY=re_{alnum:8}'],
  }),
  named('mailjet-secret', 'high', 'Mailjet API secret', {
    names: ['mailjet', 'mj-apikey'],
    value: '[a-f0-9]{32}',
    entropy: 3,
    finds: ['MJ_APIKEY_PRIVATE={hex:32}', 'MAILJET_SECRET={hex:32}'],
    ignores: ['mailjet: v3'],
  }),
  named('mandrill-key', 'high', 'Mandrill API key', {
    names: ['mandrill'],
    value: 'md-[\\w-]{22}',
    finds: ['MANDRILL_KEY=md-3{alnum:21}'],
    ignores: ['mandrill: md-3-columns'],
  }),
  named('klaviyo-key', 'high', 'Klaviyo private key', {
    names: ['klaviyo'],
    value: 'pk_[a-f0-9]{34}',
    finds: ['KLAVIYO_PRIVATE_KEY=pk_{hex:34}'],
    ignores: ['KLAVIYO_PRIVATE_KEY=pk_{hex:10}', 'klaviyo: pk_field'],
  }),
  named('hubspot-key', 'high', 'HubSpot API key', {
    names: ['hubspot', 'hapikey'],
    value: uuid,
    finds: ['HUBSPOT_API_KEY={uuid}', 'hapikey={uuid}'],
    ignores: ['hubspot: {digits:8}'],
  }),
  token('hubspot-private-app', 'high', 'HubSpot private app token', {
    token: `pat-(?:na|eu|ap)[123]-${uuid}`,
    keywords: ['pat-na', 'pat-eu', 'pat-ap'],
    finds: ['pat-na1-{uuid}', 'pat-eu1-{uuid}'],
    ignores: ['pat-native-module', 'pat-na1-abc'],
  }),
  named('customerio-key', 'medium', 'Customer.io API key', {
    names: ['customerio', 'customer-io'],
    value: '[a-f0-9]{20,32}',
    entropy: 3,
    finds: ['CUSTOMERIO_API_KEY={hex:20}'],
    ignores: ['customerio: enabled'],
  }),
  named('intercom-token', 'high', 'Intercom access token', {
    names: ['intercom'],
    value: '[\\w-]{59,60}=?',
    entropy: 3.5,
    finds: ['INTERCOM_ACCESS_TOKEN=dG9r{alnum:55}='],
    ignores: ['INTERCOM_APP_ID={loweralnum:8}'],
  }),
];
