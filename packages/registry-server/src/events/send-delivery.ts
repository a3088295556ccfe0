import { createHmac } from 'node:crypto';
import type { Delivery } from '@lading/catalog';
import { messageOf, type Secret } from '@lading/errors';
import { cloudEventsContentType } from './cloud-event.ts';
import type { Webhook } from './webhook-config.ts';

/** What came of one attempt. */
export type Attempt =
  | { readonly delivered: true }
  | {
      readonly delivered: false;
      readonly error: string;
      /** The receiver wants no more of it. */
      readonly isFinal: boolean;
      /** When the receiver asks to be left alone until then. */
      readonly retryAfterMs?: number | undefined;
    };

/** One attempt. Redirects are not followed: what is signed for one place is not for another. */
export async function sendDelivery(hook: Webhook, delivery: Delivery, signal: AbortSignal): Promise<Attempt> {
  const { event: id, body } = delivery;
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = Object.entries(hook.headers).map(([name, value]) => [name, value.reveal()]);
  try {
    const response = await fetch(hook.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(hook.timeoutMs)]),
      headers: {
        'Content-Type': cloudEventsContentType,
        'User-Agent': 'lading',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        ...(hook.secret === undefined ? {} : { 'webhook-signature': signatureOf(hook.secret, id, timestamp, body) }),
        ...Object.fromEntries(headers),
      },
      body,
    });
    await response.body?.cancel();
    if (response.ok) return { delivered: true };
    return {
      delivered: false,
      error: `HTTP ${response.status}`,
      isFinal: response.status === 410,
      retryAfterMs: retryAfterOf(response.headers.get('retry-after')),
    };
  } catch (error) {
    const cause = (error as { readonly cause?: unknown }).cause;
    return { delivered: false, error: messageOf(cause ?? error), isFinal: false };
  }
}

/** As webhook receivers know it (Standard Webhooks 1.0 §"signature scheme"): HMAC-SHA256 over id, time and body. */
export function signatureOf(secret: Secret, id: string, timestamp: number, body: string): string {
  const text = secret.reveal();
  const key = text.startsWith('whsec_') ? Buffer.from(text.slice('whsec_'.length), 'base64') : Buffer.from(text);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
