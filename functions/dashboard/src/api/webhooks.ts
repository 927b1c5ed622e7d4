// What the screens of webhooks read, and what they do.

import { answer, api, send } from "./client.ts";
import { PAGE } from "./reads.ts";
import type { components } from "./schema";
import type { Page } from "./types.ts";

type Schemas = components["schemas"];

export type Webhook = Schemas["Webhook"];
export type WebhookWithSecret = Schemas["WebhookWithSecret"];
export type Delivery = Schemas["Delivery"];
export type DeliveryTry = Schemas["DeliveryTry"];

export interface NewWebhook {
  url: string;
  events: string[];
  description?: string;
  owner?: string;
}

export function readWebhooks(cursor: string | undefined, signal: AbortSignal): Promise<Page<Webhook>> {
  const query = { limit: PAGE, ...(cursor && { cursor }) };
  return answer(api.GET("/v1/webhooks", { params: { query }, signal }));
}

/** A webhook with a page of what was sent to it. */
export interface WebhookView {
  webhook: Webhook;
  deliveries: Page<Delivery>;
}

export async function readWebhook(id: string, cursor: string | undefined, signal: AbortSignal): Promise<WebhookView> {
  const query = { limit: 20, ...(cursor && { cursor }) };
  const [webhook, deliveries] = await Promise.all([
    answer(api.GET("/v1/webhooks/{id}", { params: { path: { id } }, signal })),
    answer(api.GET("/v1/webhooks/{id}/deliveries", { params: { path: { id }, query }, signal })),
  ]);
  return { webhook, deliveries };
}

/** Whether something is to be tried within the next moments, so that it is worth to look again soon. */
export function isDelivering({ deliveries }: WebhookView): boolean {
  const soon = Date.now() + 10_000;
  return deliveries.items.some((delivery) => delivery.status === "Due" && Date.parse(delivery.at) < soon);
}

export async function createWebhook(body: NewWebhook, key: string): Promise<WebhookWithSecret> {
  return (await send("POST", "/v1/webhooks", { body, key })).body as WebhookWithSecret;
}

export async function rotateSecret(id: string, key: string): Promise<WebhookWithSecret> {
  return (await send("POST", `/v1/webhooks/${id}/actions/rotate-secret`, { key })).body as WebhookWithSecret;
}

export async function testWebhook(id: string): Promise<void> {
  await send("POST", `/v1/webhooks/${id}/actions/test`);
}

export async function enableWebhook(id: string): Promise<void> {
  await send("POST", `/v1/webhooks/${id}/actions/enable`);
}

export async function deleteWebhook(id: string): Promise<void> {
  await send("DELETE", `/v1/webhooks/${id}`);
}

export async function retryDelivery(id: string, delivery: string): Promise<void> {
  await send("POST", `/v1/webhooks/${id}/deliveries/${delivery}/actions/retry`);
}

/** Has all sent again that was missed since then, as far as one call after the other looks; says how much that is. */
export async function replayWebhook(id: string, since: Date): Promise<number> {
  let replayed = 0;
  for (let from = since.toISOString(); ; ) {
    const { body } = await send("POST", `/v1/webhooks/${id}/actions/replay`, { body: { since: from } });
    const part = body as Schemas["ReplayView"];
    replayed += part.replayed;
    if (part.next === null || Date.parse(part.next) <= Date.parse(from)) return replayed;
    from = part.next;
  }
}

/** The events that somebody has typed, with blanks or commas between. */
export function eventsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((event) => event !== "");
}
