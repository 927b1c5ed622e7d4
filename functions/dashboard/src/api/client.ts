// The one place that calls the API: the token goes in here, and a 401 from anywhere signs out here.

import createClient, { type Middleware } from "openapi-fetch";
import { endSession, session } from "../state/session.ts";
import { Failure, failureOf } from "./failure.ts";
import { revalidated } from "./kept.ts";
import type { paths } from "./schema";

const signedIn: Middleware = {
  onRequest({ request }) {
    const token = session.value?.token;
    if (token !== undefined && !request.headers.has("authorization")) {
      request.headers.set("authorization", `Bearer ${token}`);
    }
  },
  onResponse({ request, response }) {
    // Only the session's own token: an answer to an older one says nothing about the present.
    const current = session.value && request.headers.get("authorization") === `Bearer ${session.value.token}`;
    if (response.status === 401 && current) endSession(true);
  },
};

export const api = createClient<paths>({ baseUrl: "", cache: "no-store" });
api.use(signedIn, revalidated);

/** What a call answers; throws a `Failure` for what is no success. */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) throw failureOf(response, error);
  return data;
}

/** What was sent, and came back, with a method that changes something. */
export interface Sent {
  body: unknown;
  response: Response;
}

/** Sends a change, whose path the description may not have yet. The same key makes it happen once. */
export async function send(
  method: "POST" | "DELETE",
  path: string,
  options: { body?: unknown; key?: string; ifMatch?: string | undefined } = {},
): Promise<Sent> {
  const token = session.value?.token;
  const headers = new Headers();
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (options.body !== undefined) headers.set("content-type", "application/json");
  if (options.key !== undefined) headers.set("idempotency-key", options.key);
  if (options.ifMatch !== undefined) headers.set("if-match", options.ifMatch);
  const body = options.body === undefined ? null : JSON.stringify(options.body);
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body, cache: "no-store" });
  } catch {
    throw new Failure(0, undefined, undefined);
  }
  const text = await response.text();
  let parsed: unknown;
  try {
    parsed = text === "" ? undefined : JSON.parse(text);
  } catch {
    throw new Failure(response.status, undefined, undefined);
  }
  if (response.status === 401 && token !== undefined && session.value?.token === token) endSession(true);
  if (!response.ok) throw failureOf(response, parsed);
  return { body: parsed, response };
}
