// Short sentences about what was done. One polite region reads them out.

import { signal } from "@preact/signals";

export interface Notice {
  id: number;
  text: string;
  bad: boolean;
}

export const notices = signal<Notice[]>([]);

let last = 0;

/** How long a notice stays, in milliseconds; one of trouble stays until it is dismissed. */
const SHOWN = 6000;

export function notify(text: string, bad = false): void {
  last += 1;
  const notice = { id: last, text, bad };
  notices.value = [...notices.value.slice(-3), notice];
  if (!bad) setTimeout(() => dismiss(notice.id), SHOWN);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
