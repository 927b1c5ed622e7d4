// What time it is, for whatever shows how long ago something was. It stands still while the page is hidden or paused.

import { signal } from "@preact/signals";
import { live } from "../state/preferences.ts";

export const now = signal(Date.now());

export function startClock(): void {
  const tick = () => {
    if (!document.hidden && live.value) now.value = Date.now();
  };
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
}
