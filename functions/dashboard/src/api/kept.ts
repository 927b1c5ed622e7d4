// What the API answered last, by address: asked for again with its entity tag, so that what has not changed does not
// travel. It is in memory only, and goes with the session.

import type { Middleware } from "openapi-fetch";
import { session } from "../state/session.ts";

interface Answer {
  etag: string;
  text: string;
}

/** How many answers are kept; more than any screen asks for at once. */
const MOST = 24;

const answers = new Map<string, Answer>();
const asked = new WeakMap<Request, Answer | null>();
session.subscribe(() => answers.clear());

function keep(address: string, answer: Answer): void {
  answers.delete(address);
  answers.set(address, answer);
  const [oldest] = answers.keys();
  if (answers.size > MOST && oldest !== undefined) answers.delete(oldest);
}

export const revalidated: Middleware = {
  onRequest({ request }) {
    // Who sends a tag of their own keeps the answer themselves.
    if (request.method !== "GET" || request.headers.has("if-none-match")) return;
    const known = answers.get(request.url) ?? null;
    asked.set(request, known);
    if (known !== null) request.headers.set("if-none-match", known.etag);
  },
  async onResponse({ request, response }) {
    const known = asked.get(request);
    if (known === undefined) return;
    if (response.status === 304 && known !== null) {
      return new Response(known.text, { headers: { "content-type": "application/json", etag: known.etag } });
    }
    const etag = response.headers.get("etag");
    if (response.ok && etag !== null) keep(request.url, { etag, text: await response.clone().text() });
    return;
  },
};
