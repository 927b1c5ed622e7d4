// Where the bars of a run stand, in parts of its width.

import type { Bar, Run } from "./join.ts";

export interface Lane {
  bar: Bar;
  /** Where it begins and how wide it is, in percent. */
  left: number;
  width: number;
}

/** So wide a bar is at least, in percent, that it can be seen. */
const LEAST = 1;

/** The bars of `run` on one scale, which goes on while it runs. */
export function lanes(run: Run, now: number): Lane[] {
  const end = Math.max(run.end ?? now, ...run.bars.map((bar) => bar.end ?? bar.start), run.start + 1);
  const scale = 100 / (end - run.start);
  return run.bars.map((bar) => {
    const width = Math.max(((bar.end ?? end) - bar.start) * scale, LEAST);
    const left = Math.min(Math.max((bar.start - run.start) * scale, 0), 100 - LEAST);
    return { bar, left, width: Math.min(width, 100 - left) };
  });
}
