// How many stores there are, by status, power and health; each number leads to the list of them.

import { usePoll } from "../../api/poll.ts";
import { readSummary, type StoreFilter } from "../../api/reads.ts";
import type { Summary } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { language } from "../../state/preferences.ts";
import { now } from "../../time/clock.ts";
import { relative } from "../../time/format.ts";
import { listOf } from "./filters.tsx";

interface Count {
  text: string;
  /** How many there are, once that is known. */
  of: (summary: Summary) => number;
  /** What it counts; none where the list can't be asked for it. */
  filter: Omit<StoreFilter, "cursor"> | undefined;
  /** Whether it shows only where there are some; all others keep their places. */
  seldom?: true;
}

function counts(): Count[] {
  const { stores: words, status, power, health } = texts.value;
  return [
    { text: words.all, of: ({ total }) => total, filter: {} },
    { text: status.Ready, of: (all) => all.status.ready, filter: { status: "Ready" } },
    { text: status.Provisioning, of: (all) => all.status.provisioning, filter: { status: "Provisioning" } },
    { text: status.Failed, of: (all) => all.status.failed, filter: { status: "Failed" } },
    { text: status.Deleting, of: (all) => all.status.deleting, filter: { status: "Deleting" } },
    { text: power.Hibernated, of: (all) => all.power.hibernated, filter: { power: "Hibernated" } },
    { text: health.Healthy, of: (all) => all.health.healthy, filter: { health: "Healthy" } },
    { text: health.Degraded, of: (all) => all.health.degraded, filter: { health: "Degraded" } },
    { text: health.Down, of: (all) => all.health.down, filter: { health: "Down" } },
    { text: health.Missing, of: (all) => all.health.missing, filter: { health: "Missing" } },
    { text: words.unknown, of: (all) => all.health.unknown, filter: undefined, seldom: true },
    { text: power.Hibernating, of: (all) => all.power.hibernating, filter: { power: "Hibernating" }, seldom: true },
    { text: power.Resuming, of: (all) => all.power.resuming, filter: { power: "Resuming" }, seldom: true },
    { text: power.Upgrading, of: (all) => all.power.upgrading, filter: { power: "Upgrading" }, seldom: true },
  ];
}

export function Counts({ filter }: { filter: Omit<StoreFilter, "cursor"> }) {
  const { stores: words } = texts.value;
  const summary = usePoll("summary", readSummary, () => false).data.value;
  const here = listOf(filter);
  const observedAt = summary?.observedAt ?? null;
  const shown = counts().filter(({ of, seldom }) => !seldom || (summary !== undefined && of(summary) > 0));
  return (
    <div class="counts" role="group" aria-label={words.counts}>
      <ul>
        {shown.map(({ text, of, filter: counted }) => {
          const content = (
            <>
              {/* So that nothing moves when they come. */}
              <span class="strong">{summary === undefined ? "–" : of(summary)}</span> {text}
            </>
          );
          return (
            <li key={text}>
              {counted === undefined ? (
                <span>{content}</span>
              ) : (
                <a href={listOf(counted)} aria-current={listOf(counted) === here ? "true" : undefined}>
                  {content}
                </a>
              )}
            </li>
          );
        })}
      </ul>
      <p class="seen">
        {observedAt !== null && words.counted(relative(Date.parse(observedAt), now.value, language.value))}
      </p>
    </div>
  );
}
