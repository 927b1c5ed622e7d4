// The sentence that says of how many stores it is known that nothing needs somebody, and since when.

import type { Summary } from "../../api/types.ts";
import type { Catalogue } from "../../i18n/en.ts";
import { relative } from "../../time/format.ts";

/** "12 stores, all healthy, seen 8 seconds ago", or what they are where that is not all. */
export function wellOf(words: Catalogue, summary: Summary, now: number, language: string): string {
  const { attention, status, power, health } = words;
  const { total, observedAt } = summary;
  const ago = observedAt === null ? undefined : relative(Date.parse(observedAt), now, language);
  if (summary.health.healthy === total) return attention.well(total, ago);
  const parts: [number, string][] = [
    [summary.health.healthy, health.Healthy],
    [summary.health.unknown, health.Unknown],
    [summary.power.hibernated, power.Hibernated],
    [summary.power.hibernating, power.Hibernating],
    [summary.power.resuming, power.Resuming],
    [summary.power.upgrading, power.Upgrading],
    [summary.status.provisioning, status.Provisioning],
    [summary.status.deleting, status.Deleting],
  ];
  const counts = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return attention.counted(total, counts.join(", "), ago);
}
