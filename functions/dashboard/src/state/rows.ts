// Which rows a list shows. Rows keep their places while one looks: what is new or gone is counted, and comes when asked
// for; what has changed in a row shows at once, since nothing moves by that.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

export interface Row<T> {
  item: T;
  /** Whether it was on the page and is not any more. */
  gone: boolean;
}

export interface Rows<T> {
  rows: Row<T>[];
  /** How many rows would come or go. */
  changed: number;
}

/**
 * The rows to show.
 *
 * @param shown those that are on the page, in their order; none at first
 * @param latest what the API has now
 * @param key distinguishes one from the other
 */
export function rowsOf<T>(shown: readonly T[] | undefined, latest: readonly T[], key: (item: T) => string): Rows<T> {
  if (shown === undefined) return { rows: latest.map((item) => ({ item, gone: false })), changed: 0 };
  const now = new Map(latest.map((item) => [key(item), item]));
  const rows = shown.map((item) => ({ item: now.get(key(item)) ?? item, gone: !now.has(key(item)) }));
  const known = new Set(shown.map(key));
  const come = latest.filter((item) => !known.has(key(item))).length;
  return { rows, changed: come + rows.filter((row) => row.gone).length };
}

/** The rows of the view `name`, of which `latest` is what the API has now, and what takes in those that came or went. */
export function useRows<T>(
  name: string,
  latest: readonly T[] | undefined,
  key: (item: T) => string,
): Rows<T> & { refresh: () => void } {
  const shown = useRef<{ name: string; items: readonly T[] } | undefined>(undefined);
  const refreshed = useSignal(0);
  // With the first answer itself, not a frame later: a long list is drawn once.
  if (latest !== undefined && shown.current?.name !== name) shown.current = { name, items: latest };
  const refresh = () => {
    if (latest !== undefined) shown.current = { name, items: latest };
    refreshed.value += 1;
  };
  // Draws it again when it was asked for.
  void refreshed.value;
  if (latest === undefined) return { rows: [], changed: 0, refresh };
  return { ...rowsOf(shown.current?.items, latest, key), refresh };
}
