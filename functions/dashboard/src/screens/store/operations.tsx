// What a store was made to do, newest first.

import type { Operation } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { OutcomeBadge } from "../../parts/badge.tsx";
import { Ago, When } from "../../parts/time.tsx";
import { language } from "../../state/preferences.ts";
import { duration } from "../../time/format.ts";

export function Operations({ operations }: { operations: Operation[] }) {
  const { operations: words, operation: names, timeline } = texts.value;
  return (
    <section class="card">
      <h2>{words.title}</h2>
      {operations.length === 0 && <p class="small">{words.empty}</p>}
      <ul class="operations">
        {operations.map((operation) => (
          <li key={operation.id}>
            <span class="row">
              <OutcomeBadge status={operation.status} />
              <span class="strong">{names[operation.action] ?? operation.action}</span>
              <span class="small">{operation.target ?? operation.component ?? ""}</span>
            </span>
            <span class="small break">
              {timeline.by(operation.requestedBy)} · <Ago at={operation.requestedAt} />
              {operation.endedAt && operation.startedAt && ` · ${took(operation.startedAt, operation.endedAt)}`}
            </span>
            {operation.waiting && (
              <p class="break">
                {words.waiting(operation.waiting.orders, operation.waiting.checkouts)}{" "}
                <When at={operation.waiting.until} />
              </p>
            )}
            {operation.failure && (
              <p class="break" lang="en">
                {operation.failure.message}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function took(start: string, end: string): string {
  return duration(Date.parse(end) - Date.parse(start), language.value);
}
