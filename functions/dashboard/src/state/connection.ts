// Whether the API answers. Any view that can't be read says so here, and the banner shows it once.

import { signal } from "@preact/signals";
import type { Failure } from "../api/failure.ts";

export interface Trouble {
  failure: Failure;
  /** When it is tried again, in milliseconds since 1970. */
  next: number;
  /** When what is shown was seen; none where nothing is. */
  seen: number | undefined;
  again: () => void;
}

export const trouble = signal<Trouble | null>(null);
