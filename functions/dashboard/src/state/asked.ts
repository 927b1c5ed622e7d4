// What somebody is about to do, until it is confirmed.

import { signal } from "@preact/signals";
import type { Action } from "../api/actions.ts";
import type { Store } from "../api/types.ts";

export interface Asked {
  action: Action;
  stores: Store[];
  /** Of the one store, where it is acted on as it was seen. */
  etag: string | undefined;
}

export const asked = signal<Asked | null>(null);

/** Counts what was done, so that views look again at once. */
export const done = signal(0);
