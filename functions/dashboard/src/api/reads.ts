// What the screens read.

import { answer, api } from "./client.ts";
import { asFailure, Failure, failureOf } from "./failure.ts";
import type {
  Attention,
  AuditEntry,
  Event,
  HealthStatus,
  Operation,
  Page,
  Power,
  Status,
  Store,
  StoreHealth,
  Summary,
  Token,
} from "./types.ts";

/** How many rows a page of a list has. */
export const PAGE = 50;

/** How many events are read at once, and how many pages of them without being asked for more. */
const EVENTS = 100;
const EVENT_PAGES = 5;

/** How many pages are read for a view that looks for some stores, before it is left to the reader to go on. */
const SEARCH_PAGES = 6;

/** How a filter says yes and no. */
export type Flag = "true" | "false";

export interface StoreFilter {
  status?: Exclude<Status, "Deleted"> | undefined;
  health?: Exclude<HealthStatus, "Hibernated" | "Unknown"> | undefined;
  power?: Power | undefined;
  suspended?: Flag | undefined;
  /** Whether the shop is of another image than new stores get. */
  outdated?: Flag | undefined;
  owner?: string | undefined;
  /** What the id begins with. */
  prefix?: string | undefined;
  cursor?: string | undefined;
}

/** The filter as the query of a call, without what is not asked for. */
export function storeQuery(filter: StoreFilter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter((pair): pair is [string, string] => Boolean(pair[1])));
}

/** A page of stores, newest first. */
export function readStores(filter: StoreFilter, signal: AbortSignal, limit = PAGE): Promise<Page<Store>> {
  return answer(api.GET("/v1/stores", { params: { query: { ...storeQuery(filter), limit } }, signal }));
}

/**
 * The same where some are looked for: a page of the API may be short then, since it looks at so many stores and no
 * more, so a few are asked for.
 */
export async function searchStores(filter: StoreFilter, signal: AbortSignal): Promise<Page<Store>> {
  const items: Store[] = [];
  let cursor = filter.cursor;
  for (let page = 1; ; page += 1) {
    const found = await readStores({ ...filter, cursor }, signal, PAGE - items.length);
    items.push(...found.items);
    const enough = found.nextCursor === null || items.length >= PAGE || page === SEARCH_PAGES;
    if (enough) return { items, nextCursor: found.nextCursor };
    cursor = found.nextCursor ?? undefined;
  }
}

/** A page of what needs somebody. */
export function readAttention(
  muted: boolean,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<Attention>> {
  const query = { limit: PAGE, ...(muted && { muted: "true" as const }), ...(cursor && { cursor }) };
  return answer(api.GET("/v1/attention", { params: { query }, signal }));
}

export function readSummary(signal: AbortSignal): Promise<Summary> {
  return answer(api.GET("/v1/summary", { signal }));
}

/** A store as it is now, with the tag of that. */
export async function readOne(id: string): Promise<{ store: Store; etag: string | undefined }> {
  const shown = await api.GET("/v1/stores/{id}", { params: { path: { id } } });
  if (shown.data === undefined) throw failureOf(shown.response, shown.error);
  return { store: shown.data, etag: shown.response.headers.get("etag") ?? undefined };
}

/** A store with all that is known of it. */
export interface StoreView {
  /** None where it is gone, of which a record is kept for a while. */
  store: Store | undefined;
  etag: string | undefined;
  events: Event[];
  /** Whether there are more than are shown. */
  moreEvents: boolean;
  /** Where the last page of the events begins. */
  lastPage: { cursor: string | undefined; from: number };
  operations: Operation[];
  health: StoreHealth | undefined;
}

/**
 * Reads a store. Of what stands beside it, what can't have changed is not read again: its version changes with each
 * step and each operation that changes it, its health comes by itself.
 */
export async function readStore(id: string, signal: AbortSignal, before: StoreView | undefined): Promise<StoreView> {
  const etag = before?.etag;
  const shown = await api.GET("/v1/stores/{id}", {
    params: { path: { id }, header: etag === undefined ? {} : { "if-none-match": etag } },
    signal,
  });
  const { response } = shown;
  if (response.status === 404) return readGone(id, signal, failureOf(response, shown.error));
  const same = response.status === 304 && before !== undefined;
  if (!same && !response.ok) throw failureOf(response, shown.error);
  const store = same ? before.store : (shown.data as Store);
  const health =
    store?.status === "Ready"
      ? await answer(api.GET("/v1/stores/{id}/health", { params: { path: { id } }, signal }))
      : undefined;
  const quiet = same && before.operations.every(hasEnded) && before.health?.since === health?.since;
  if (quiet && before !== undefined) return { ...before, store, health };
  // The timeline of another incarnation has nothing to do with this one.
  const known = before?.store?.uid === store?.uid ? before : undefined;
  const [timeline, operations] = await Promise.all([readEvents(id, signal, known), readOperations(id, signal)]);
  return { store, etag: response.headers.get("etag") ?? etag, ...timeline, operations, health };
}

const hasEnded = (operation: Operation) => operation.endedAt !== null;

type Timeline = Pick<StoreView, "events" | "moreEvents" | "lastPage">;

/** The timeline from where its last page began: what stands before that does not change any more. */
async function readEvents(id: string, signal: AbortSignal, before: Timeline | undefined): Promise<Timeline> {
  let { cursor, from } = before?.lastPage ?? { cursor: undefined, from: 0 };
  const events = before?.events.slice(0, from) ?? [];
  for (let page = 0; ; page += 1) {
    const query = { limit: EVENTS, ...(cursor && { cursor }) };
    const found: Page<Event> = await answer(
      api.GET("/v1/stores/{id}/events", { params: { path: { id }, query }, signal }),
    );
    from = events.length;
    events.push(...found.items);
    const more = found.nextCursor !== null;
    if (!more || page + 1 === EVENT_PAGES) return { events, moreEvents: more, lastPage: { cursor, from } };
    cursor = found.nextCursor ?? undefined;
  }
}

async function readOperations(id: string, signal: AbortSignal): Promise<Operation[]> {
  const page = await answer(
    api.GET("/v1/stores/{id}/operations", { params: { path: { id }, query: { limit: 20 } }, signal }),
  );
  return page.items;
}

/** What is kept of a store that is gone. */
async function readGone(id: string, signal: AbortSignal, gone: Failure): Promise<StoreView> {
  try {
    const [timeline, operations] = await Promise.all([readEvents(id, signal, undefined), readOperations(id, signal)]);
    return { store: undefined, etag: undefined, ...timeline, operations, health: undefined };
  } catch (thrown) {
    const failed = asFailure(thrown);
    throw failed.status === 404 ? gone : failed;
  }
}

/** Follows an operation to its end. */
export async function readOperation(id: string, operation: string, signal: AbortSignal): Promise<Operation> {
  return answer(api.GET("/v1/stores/{id}/operations/{operation}", { params: { path: { id, operation } }, signal }));
}

export function readAudit(
  store: string | undefined,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<AuditEntry>> {
  const query = { limit: PAGE, ...(store && { store }), ...(cursor && { cursor }) };
  return answer(api.GET("/v1/audit", { params: { query }, signal }));
}

export function readTokens(cursor: string | undefined, signal: AbortSignal): Promise<Page<Token>> {
  const query = { limit: PAGE, ...(cursor && { cursor }) };
  return answer(api.GET("/v1/tokens", { params: { query }, signal }));
}

/** Whether something runs on the store, so that it is worth to look again soon. */
export function isBusy(store: Store): boolean {
  const turning = store.power === "Hibernating" || store.power === "Resuming" || store.power === "Upgrading";
  return store.status === "Provisioning" || store.status === "Deleting" || store.operation !== null || turning;
}

/** The same of all that is known of it. */
export function viewIsBusy(view: StoreView): boolean {
  return (view.store !== undefined && isBusy(view.store)) || !view.operations.every(hasEnded);
}

/** Waits until an operation has ended, asking once a second while the page is seen. */
export async function followOperation(id: string, operation: string, signal: AbortSignal): Promise<Operation> {
  for (;;) {
    const found = await readOperation(id, operation, signal);
    if (hasEnded(found)) return found;
    await shownAgain(signal, 700);
  }
}

/** Ends after `milliseconds`, and not before the page is seen. */
function shownAgain(signal: AbortSignal, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      document.removeEventListener("visibilitychange", look);
      reject(new Failure(0, undefined, undefined));
    };
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", stop);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
    setTimeout(() => {
      if (document.hidden) document.addEventListener("visibilitychange", look);
      else look();
    }, milliseconds);
  });
}
