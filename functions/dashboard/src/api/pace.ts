// How often a view is read.

/** Between two reads while something runs, in milliseconds. */
const BUSY = 1000;
/** The same at rest. */
export const REST = 15_000;
/** The longest pause after failures. */
const LONGEST = 60_000;

/** After how many milliseconds to read again. */
export function pause(busy: boolean, failures: number, retryAfter: number | undefined): number {
  if (failures === 0) return busy ? BUSY : REST;
  const backoff = Math.min(BUSY * 2 ** failures, LONGEST);
  return Math.max(backoff, (retryAfter ?? 0) * 1000);
}
