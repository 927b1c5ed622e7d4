// Keeps a view up to date: soon while something runs, seldom at rest, not at all while nobody looks, and later and later
// while the API does not answer.

import { batch, type Signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { done } from "../state/asked.ts";
import { trouble } from "../state/connection.ts";
import { live } from "../state/preferences.ts";
import { asFailure, type Failure } from "./failure.ts";
import { pause, REST } from "./pace.ts";

export interface View<T> {
  data: Signal<T | undefined>;
  /** Why it could not be read: what passes is in the banner instead, as long as there is something to show. */
  failure: Signal<Failure | undefined>;
  /** When it was read last. */
  seen: Signal<number | undefined>;
  refresh: () => void;
}

/**
 * Reads a view and reads it again.
 *
 * @param key what it shows: another key begins anew
 * @param read reads it, given what it was before
 * @param busy whether something runs
 */
export function usePoll<T>(
  key: string,
  read: (signal: AbortSignal, before: T | undefined) => Promise<T>,
  busy: (data: T) => boolean,
): View<T> {
  const data = useSignal<T | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const seen = useSignal<number | undefined>(undefined);
  const latest = useRef({ read, busy });
  latest.current = { read, busy };
  const again = useRef(() => {});
  const shown = useRef(key);
  if (shown.current !== key) {
    // At once, not a frame later: nothing of what was shown before is taken for what is to be shown now.
    shown.current = key;
    batch(() => {
      data.value = undefined;
      failure.value = undefined;
      seen.value = undefined;
    });
  }

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let reading: AbortController | undefined;
    let ended = false;

    const schedule = (after: number) => {
      clearTimeout(timer);
      // What nobody looks at is read when somebody does; what is paused, when somebody asks.
      if (!ended && !document.hidden && live.peek()) timer = setTimeout(() => void run(), after);
    };
    const run = async () => {
      clearTimeout(timer);
      reading?.abort();
      const mine = new AbortController();
      reading = mine;
      try {
        const found = await latest.current.read(mine.signal, data.peek());
        if (mine.signal.aborted) return;
        batch(() => {
          data.value = found;
          failure.value = undefined;
          seen.value = Date.now();
        });
        failures = 0;
        if (trouble.peek()?.again === again.current) trouble.value = null;
        schedule(pause(latest.current.busy(found), 0, undefined));
      } catch (thrown) {
        if (mine.signal.aborted) return;
        const failed = asFailure(thrown);
        failures += 1;
        const wait = pause(false, failures, failed.retryAfter);
        if (failed.passes) {
          trouble.value = { failure: failed, next: Date.now() + wait, seen: seen.peek(), again: again.current };
          schedule(wait);
        } else {
          failure.value = failed;
          schedule(REST);
        }
      }
    };
    again.current = () => void run();
    const shown = () => {
      if (document.hidden) clearTimeout(timer);
      else void run();
    };
    const online = () => void run();
    document.addEventListener("visibilitychange", shown);
    addEventListener("online", online);
    let first = true;
    const unsubscribe = live.subscribe((moving) => {
      if (first) first = false;
      else if (moving) void run();
      else clearTimeout(timer);
    });
    // What somebody has just done is seen at once.
    let before = done.peek();
    const forget = done.subscribe((times) => {
      if (times !== before) void run();
      before = times;
    });
    void run();
    return () => {
      ended = true;
      forget();
      clearTimeout(timer);
      reading?.abort();
      unsubscribe();
      document.removeEventListener("visibilitychange", shown);
      removeEventListener("online", online);
      if (trouble.peek()?.again === again.current) trouble.value = null;
    };
  }, [key]);

  const refresh = useComputed(() => () => again.current()).value;
  return { data, failure, seen, refresh };
}
