// What has happened to a store, newest first: runs of steps as bars on one scale, operations, and single events.

import { type Signal, useSignal } from "@preact/signals";
import type { StoreView } from "../../api/reads.ts";
import type { Event } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Empty } from "../../parts/empty.tsx";
import { Icon, type IconName } from "../../parts/icon.tsx";
import { Ago } from "../../parts/time.tsx";
import { language } from "../../state/preferences.ts";
import { now } from "../../time/clock.ts";
import { duration } from "../../time/format.ts";
import {
  type Bar,
  type Entry,
  type Filter,
  fits,
  join,
  type Note,
  type OperationEntry,
  type Outcome,
  type Run,
} from "../../timeline/join.ts";
import { lanes } from "../../timeline/lanes.ts";

const FILTERS: Filter[] = ["all", "steps", "operations", "health", "troubles"];

/** So many entries are drawn at first. */
const SHOWN = 20;

export function Timeline({ view }: { view: StoreView }) {
  const { timeline: words, more } = texts.value;
  const filter = useSignal<Filter>("all");
  const shown = useSignal(SHOWN);
  const status = view.store?.status;
  const entries = join(view.events, view.operations, status === "Provisioning" || status === "Deleting");
  const found = entries.filter((entry) => fits(entry, filter.value));
  return (
    <section class="card timeline">
      <div class="heading">
        <h2>{words.title}</h2>
        <FilterChoice filter={filter} />
      </div>
      {found.length === 0 && (
        <Empty icon="waiting" title={entries.length === 0 ? words.empty : words.emptyFiltered} />
      )}
      <ol>
        {found.slice(0, shown.value).map((entry) => (
          <li key={entry.id}>
            <OneEntry entry={entry} />
          </li>
        ))}
      </ol>
      {found.length > shown.value && (
        <button type="button" onClick={() => (shown.value += SHOWN)}>
          {more}
        </button>
      )}
    </section>
  );
}

function FilterChoice({ filter }: { filter: Signal<Filter> }) {
  const { timeline: words } = texts.value;
  return (
    <fieldset class="segments">
      <legend class="unseen">{words.filter}</legend>
      {FILTERS.map((each) => (
        <button key={each} type="button" aria-pressed={filter.value === each} onClick={() => (filter.value = each)}>
          {words[each]}
        </button>
      ))}
    </fieldset>
  );
}

function OneEntry({ entry }: { entry: Entry }) {
  switch (entry.kind) {
    case "run":
      return <OneRun run={entry} />;
    case "operation":
      return <OneOperation entry={entry} />;
    case "note":
      return <OneNote note={entry} />;
  }
}

const ICONS: Record<Outcome, IconName> = {
  running: "running",
  done: "done",
  failed: "failed",
  abandoned: "removing",
};

function Mark({ outcome }: { outcome: Outcome }) {
  return (
    <span class={`mark ${outcome}`}>
      <Icon name={ICONS[outcome]} spin={outcome === "running"} />
    </span>
  );
}

function took(start: number, end: number | undefined): string {
  return duration((end ?? Math.max(now.value, start)) - start, language.value);
}

function OneRun({ run }: { run: Run }) {
  const { timeline: words } = texts.value;
  return (
    <article class="run">
      <header>
        <Mark outcome={run.outcome} />
        <h3>{words[run.purpose]}</h3>
        <span class="small">
          {run.outcome === "running" ? words.running : words.inAll(took(run.start, run.end))}
          {run.outcome === "failed" && ` · ${words.failed}`}
          {run.outcome === "abandoned" && ` · ${words.abandoned}`} · <Ago at={run.start} />
        </span>
      </header>
      <Notes notes={run.notes} />
      <ol class="lanes">
        {lanes(run, now.value).map(({ bar, left, width }) => (
          <Lane key={bar.id} bar={bar} left={left} width={width} />
        ))}
      </ol>
    </article>
  );
}

function Lane({ bar, left, width }: { bar: Bar; left: number; width: number }) {
  const { step, timeline: words } = texts.value;
  const state =
    bar.outcome === "done"
      ? ""
      : ` (${bar.outcome === "running" ? words.running : bar.outcome === "failed" ? words.failed : words.abandoned})`;
  return (
    <li class={bar.outcome} title={bar.message}>
      <span class="name">
        {step[bar.name] ?? bar.name}
        <span class="unseen">{state}</span>
      </span>
      <span class="track" aria-hidden="true">
        <span class="fill" style={{ left: `${left}%`, width: `${width}%` }} />
      </span>
      <span class="took">{took(bar.start, bar.end)}</span>
      {bar.outcome === "failed" && (
        <p class="break small" lang="en">
          {bar.message}
        </p>
      )}
      <Notes notes={bar.notes} />
    </li>
  );
}

function OneOperation({ entry }: { entry: OperationEntry }) {
  const { operation, timeline: words } = texts.value;
  return (
    <article>
      <header>
        <Mark outcome={entry.outcome} />
        <h3>{operation[entry.name] ?? (entry.name || texts.value.operations.title)}</h3>
        <span class="small">
          {entry.by !== undefined && `${words.by(entry.by)} · `}
          {took(entry.start, entry.end)} · <Ago at={entry.start} />
        </span>
      </header>
      <p class="break" lang="en">
        {entry.message}
      </p>
      <Notes notes={entry.notes} />
    </article>
  );
}

function OneNote({ note: { event } }: { note: Note }) {
  return (
    <article class="single">
      <span class={`mark ${look(event)}`}>
        <Icon name={sign(event)} />
      </span>
      <p class="break">
        <span lang="en">{event.message}</span>{" "}
        <span class="small">
          <Ago at={event.at} />
        </span>
      </p>
    </article>
  );
}

function isBetter(event: Event): boolean {
  return / to Healthy\b/.test(event.message);
}

function sign(event: Event): IconName {
  switch (event.kind) {
    case "health_changed":
      return isBetter(event) ? "done" : "warning";
    case "store_deleted":
      return "removing";
    case "retry_requested":
      return "running";
    default:
      return "chevron";
  }
}

function look(event: Event): string {
  return event.kind === "health_changed" ? (isBetter(event) ? "done" : "warn") : "";
}

function Notes({ notes }: { notes: Event[] }) {
  if (notes.length === 0) return null;
  return (
    <ul class="notes">
      {notes.map((note) => (
        <li key={note.id} class="break" lang="en">
          {note.message}
        </li>
      ))}
    </ul>
  );
}
