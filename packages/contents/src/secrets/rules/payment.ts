import type { SecretRule } from '../rule.ts';
import { followedBy, named, token, uuid } from './shapes.ts';

/** Money, shops and freight. */
export const payment: readonly SecretRule[] = [
  token('stripe-live-key', 'critical', 'Stripe live key', {
    token: '[sr]k_live_[A-Za-z0-9]{10,247}',
    keywords: ['sk_live_', 'rk_live_'],
    entropy: 3,
    finds: ['STRIPE_KEY=sk_live_{alnum:99}', 'rk_live_{alnum:24}'],
    ignores: ['sk_live_abc', 'sk_live_{x:24}'],
  }),
  token('stripe-test-key', 'low', 'Stripe test key', {
    token: '[sr]k_test_[A-Za-z0-9]{24,247}',
    keywords: ['sk_test_', 'rk_test_'],
    entropy: 3,
    // The key of the manual.
    allow: ['^sk_test_4eC39Hq', '^sk_test_BQokikJ'],
    finds: ['sk_test_{alnum:24}'],
    ignores: ['sk_test_{alnum:6}', 'sk_test_4eC39Hq{alnum:17}'],
  }),
  token('stripe-webhook-secret', 'high', 'Stripe webhook secret', {
    token: 'whsec_[A-Za-z0-9+/]{32,64}={0,2}',
    finds: ['STRIPE_WEBHOOK_SECRET=whsec_{alnum:32}'],
    ignores: ['whsec_{alnum:8}', 'whsec_...'],
  }),
  token('square-access-token', 'critical', 'Square access token', {
    token: '(?:sq0atp-[\\w-]{22}|EAAA[lE][\\w-]{59})',
    keywords: ['sq0atp-', 'EAAAl', 'EAAAE'],
    finds: ['sq0atp-{alnum:22}', 'SQUARE_ACCESS_TOKEN=EAAAE{word:59}'],
    ignores: ['sq0atp-{alnum:4}', 'EAAAE{word:20}'],
  }),
  token('square-client-secret', 'critical', 'Square OAuth secret', {
    token: 'sq0csp-[\\w-]{43}',
    finds: ['sq0csp-{word:43}'],
    ignores: ['sq0csp-{word:10}'],
  }),
  token('braintree-token', 'critical', 'PayPal Braintree access token', {
    token: 'access_token\\$production\\$[0-9a-z]{16}\\$[0-9a-f]{32}',
    finds: ['access_token$production{dollar}{loweralnum:16}{dollar}{hex:32}'],
    ignores: ['access_token$sandbox{dollar}{loweralnum:16}{dollar}{hex:32}'],
  }),
  named('paypal-client-secret', 'high', 'PayPal client secret', {
    names: ['paypal'],
    more: '[\\w.-]{0,20}secret',
    value: 'E[\\w-]{79}',
    finds: ['PAYPAL_CLIENT_SECRET=E{word:79}'],
    ignores: ['PAYPAL_CLIENT_ID=A{word:79}'],
  }),
  ...[
    ['shopify-access-token', 'Shopify access token', 'shpat_'],
    ['shopify-custom-app-token', 'Shopify custom app token', 'shpca_'],
    ['shopify-private-app-token', 'Shopify private app token', 'shppa_'],
    ['shopify-shared-secret', 'Shopify shared secret', 'shpss_'],
  ].map(([id = '', title = '', prefix]) =>
    token(id, 'critical', title, {
      token: `${prefix}[a-fA-F0-9]{32}`,
      finds: [`SHOPIFY=${prefix}{hex:32}`],
      ignores: [`${prefix}{hex:12}`, `${prefix}<token>`],
    }),
  ),
  token('plaid-access-token', 'critical', 'Plaid access token', {
    token: `access-(?:sandbox|development|production)-${uuid}`,
    keywords: ['access-sandbox-', 'access-development-', 'access-production-'],
    finds: ['access-production-{uuid}'],
    ignores: ['access-production-server'],
  }),
  named('plaid-secret', 'high', 'Plaid secret', {
    names: ['plaid'],
    more: '[\\w.-]{0,12}secret',
    value: '[a-f0-9]{30}',
    entropy: 3,
    finds: ['PLAID_SECRET={hex:30}'],
    ignores: ['PLAID_CLIENT_ID={hex:24}'],
  }),
  token('flutterwave-secret-key', 'high', 'Flutterwave secret key', {
    token: 'FLWSECK(?:_TEST)?-[a-hA-H0-9]{32}-X',
    keywords: ['FLWSECK'],
    finds: ['FLWSECK_TEST-{hex:32}-X', 'FLWSECK-{hex:32}-X'],
    ignores: ['FLWSECK_TEST-{hex:8}-X'],
  }),
  token('adyen-api-key', 'critical', 'Adyen API key', {
    token: 'AQE[a-z]hm[A-Za-z0-9+/=-]{80,300}',
    keywords: followedBy('AQE', 'abcdefghijklmnopqrstuvwxyz'),
    finds: ['x-api-key: AQEyhm{alnum:110}'],
    ignores: ['AQEyhm{alnum:20}'],
  }),
  token('razorpay-key', 'medium', 'Razorpay key id', {
    token: 'rzp_(?:live|test)_[A-Za-z0-9]{14}',
    keywords: ['rzp_live_', 'rzp_test_'],
    finds: ['rzp_live_{alnum:14}'],
    ignores: ['rzp_live_{alnum:5}'],
  }),
  token('easypost-key', 'high', 'EasyPost API key', {
    token: 'EZ[AT]K[A-Za-z0-9]{54}',
    keywords: ['EZAK', 'EZTK'],
    finds: ['EZAK{alnum:54}'],
    ignores: ['EZAK{alnum:20}'],
  }),
  named('gocardless-token', 'high', 'GoCardless access token', {
    names: ['gocardless'],
    value: 'live_[\\w-]{40}',
    finds: ['GOCARDLESS_ACCESS_TOKEN=live_{word:40}'],
    ignores: ['GOCARDLESS_ENVIRONMENT=live_environment'],
  }),
  named('lob-api-key', 'high', 'Lob API key', {
    names: ['lob-api', 'lob-key'],
    value: '(?:live|test)_[a-f0-9]{35}',
    finds: ['LOB_API_KEY=live_{hex:35}'],
    ignores: ['LOB_API_KEY=live_'],
  }),
  token('shippo-token', 'high', 'Shippo API token', {
    token: 'shippo_(?:live|test)_[a-f0-9]{40}',
    keywords: ['shippo_live_', 'shippo_test_'],
    finds: ['shippo_live_{hex:40}'],
    ignores: ['shippo_live_{hex:10}'],
  }),
  token('duffel-token', 'high', 'Duffel API token', {
    token: 'duffel_(?:live|test)_[\\w-]{43}',
    keywords: ['duffel_live_', 'duffel_test_'],
    finds: ['duffel_live_{word:43}'],
    ignores: ['duffel_live_mode'],
  }),
  named('coinbase-secret', 'high', 'Coinbase API secret', {
    names: ['coinbase'],
    more: '[\\w.-]{0,20}(?:secret|token)',
    value: '[\\w-]{32,64}',
    entropy: 3.8,
    finds: ['COINBASE_API_SECRET={alnum:32}'],
    ignores: ['COINBASE_API_SECRET=$SECRET', 'coinbase_secret: none'],
  }),
  token('mollie-key', 'high', 'Mollie API key', {
    token: 'live_[A-Za-z0-9]{30}',
    entropy: 3.8,
    finds: ['MOLLIE_KEY=live_{alnum:30}'],
    ignores: ['live_{alnum:10}', 'live_streaming_endpoint_connection'],
  }),
];
