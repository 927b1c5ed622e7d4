// What a store can be made to do: when each action is offered, and how it is asked for.

import type { Role } from "../state/session.ts";
import { send } from "./client.ts";
import type { Operation, Store } from "./types.ts";

export const ACTIONS = [
  "retry",
  "restart",
  "reset-password",
  "hibernate",
  "resume",
  "suspend",
  "unsuspend",
  "upgrade",
  "delete",
] as const;

export type Action = (typeof ACTIONS)[number];

/** How often a store can be tried again, as the API has it. */
const MAX_RETRIES = 20;

/** Whether the store is in a state that takes the action, and it is one for that role. What is not taken is not offered. */
export function isOffered(action: Action, store: Store, role: Role | undefined): boolean {
  const idle = store.status === "Ready" && store.operation === null;
  const cleanup = store.failure?.cleanup.state;
  const atRest = idle || (store.operation === null && (cleanup === "done" || cleanup === "kept"));
  switch (action) {
    case "retry":
      return store.status === "Failed" && store.operation === null && store.retries < MAX_RETRIES;
    case "restart":
    case "reset-password":
      return idle && store.power === "Running";
    case "hibernate":
      return idle && store.power === "Running";
    case "resume":
      return idle && store.power === "Hibernated";
    case "suspend":
      return role === "admin" && atRest && store.suspension === null;
    case "unsuspend":
      return role === "admin" && atRest && store.suspension !== null;
    case "upgrade":
      // One that was left half done is mended by another one.
      return (idle && store.power === "Running") || (atRest && store.failure?.code === "upgrade_failed");
    case "delete":
      return store.status !== "Deleting" && store.status !== "Deleted";
  }
}

export const canReveal = (store: Store) => store.status === "Ready";

/** A store that is stopped has no containers to read from. */
export const canReadLogs = (store: Store) =>
  store.status !== "Deleting" && store.status !== "Deleted" && store.power !== "Hibernated";

export type RestartTarget = "wordpress" | "mysql" | "all";

/** What an action waits for first: a moment without orders and checkouts, or nothing. */
export type Guard = "orders" | "none";

/** Whether it takes the shop from its customers, and so may wait for a quiet moment. */
export const mayWait = (action: Action) => action === "restart" || action === "hibernate" || action === "upgrade";

export interface Request {
  method: "POST" | "DELETE";
  path: string;
  body?: unknown;
}

/** What some actions are asked for with. */
export interface Details {
  /** What a restart is of; all, unless said. */
  target?: RestartTarget;
  /** Why a store is suspended. */
  reason?: string;
  /** What it waits for; as the platform is set up, unless said. */
  guard?: Guard | undefined;
}

/** How long a reason may be. */
export const LONGEST_REASON = 200;

/** The call that asks for an action. */
export function requestOf(action: Action, id: string, { target = "all", reason = "", guard }: Details = {}): Request {
  const path = `/v1/stores/${encodeURIComponent(id)}`;
  if (action === "delete") return { method: "DELETE", path };
  const post = { method: "POST" as const, path: `${path}/actions/${action}` };
  if (action === "suspend") return { ...post, body: { reason } };
  const guarded = guard === undefined ? {} : { guard };
  // To the image that new stores get.
  if (action === "upgrade") return { ...post, body: guarded };
  if (action === "hibernate" && guard !== undefined) return { ...post, body: guarded };
  return action === "restart" ? { ...post, body: { target, ...guarded } } : post;
}

/** The same as a command. */
export function commandOf(action: Action, id: string, { target = "all", reason = "", guard }: Details = {}): string {
  const quoted = `'${reason.replaceAll("'", "'\\''")}'`;
  const rest = action === "restart" ? ` --target ${target}` : action === "suspend" ? ` --reason ${quoted}` : "";
  const waits = mayWait(action) && guard !== undefined ? ` --guard ${guard}` : "";
  return `shopwright ${action} ${id}${rest}${waits} --follow`;
}

/**
 * Asks for it. `key` makes it happen once, however often it is sent; with `etag`, only if the store still is as it was
 * seen.
 */
export async function perform(
  action: Action,
  id: string,
  options: Details & { key: string; etag?: string | undefined },
): Promise<void> {
  const { method, path, body } = requestOf(action, id, options);
  const key = method === "POST" ? { key: options.key } : {};
  await send(method, path, { body, ifMatch: options.etag, ...key });
}

/** Asks a store to answer something: its credentials, or a log. */
export async function askFor(id: string, action: "reveal-credentials" | "logs", body: unknown): Promise<Operation> {
  const path = `/v1/stores/${encodeURIComponent(id)}/actions/${action}`;
  const sent = await send("POST", path, { body, key: crypto.randomUUID() });
  return sent.body as Operation;
}
