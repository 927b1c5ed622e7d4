// Times as people read them.

type Unit = "second" | "minute" | "hour" | "day" | "month" | "year";

/** From how many seconds on a unit is used, and how many seconds it has. */
const UNITS: [Unit, number, number][] = [
  ["year", 365 * 86_400, 365 * 86_400],
  ["month", 45 * 86_400, 30 * 86_400],
  ["day", 86_400, 86_400],
  ["hour", 3600, 3600],
  ["minute", 60, 60],
  ["second", 0, 1],
];

/** What formats in a language: made once, since making one takes longer than all that it formats on a page. */
function once<T>(make: (language: string) => T): (language: string) => T {
  const made = new Map<string, T>();
  return (language) => {
    const known = made.get(language) ?? make(language);
    made.set(language, known);
    return known;
  };
}

const ago = once((language) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));
const tenths = once(
  (language) => new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
);
const clock = once(
  (language) =>
    new Intl.DateTimeFormat(language, {
      year: "numeric",
      month: "short",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZoneName: "short",
    }),
);

/** How long before or after `now` a time is: "8 seconds ago". It is never rounded up, so it never says too much. */
export function relative(at: number, now: number, language: string): string {
  const seconds = Math.trunc((at - now) / 1000);
  const [unit, , length] = UNITS.find(([, from]) => Math.abs(seconds) >= from) ?? (["second", 0, 1] as const);
  return ago(language).format(Math.trunc(seconds / length), unit);
}

/** How long something took: `9 ms`, `1.3 s`, `2 min 5 s`, `3 h 4 min`. */
export function duration(milliseconds: number, language: string): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${tenths(language).format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min ${seconds % 60} s`;
}

/** The exact time, in the reader's own zone and named so. */
export function exact(at: number, language: string): string {
  return clock(language).format(at);
}
