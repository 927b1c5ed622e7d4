// What the parts of a store have written. What is read stands in the address, and so does a line that somebody points at.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asFailure, type Failure } from "../../api/failure.ts";
import type { Component, LogExcerpt } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { bodyOf, commandFor, type LogQuery, queryOf, readLog } from "../../logs/query.ts";
import { CopyAs } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Field, isChecked, typedIn } from "../../parts/field.tsx";
import { Heading } from "../../parts/heading.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Seen } from "../../parts/time.tsx";
import { live } from "../../state/preferences.ts";
import { href, replace, route } from "../../state/route.ts";
import { Lines } from "./lines.tsx";

const COMPONENTS: Component[] = ["wordpress", "mysql", "setup"];
const TAILS = [50, 200, 1000, 2000];
const MINUTES = [5, 15, 60, 360];

/** Between two reads while somebody follows, in milliseconds: each is an operation, and an address has ten a minute. */
const FOLLOW = 10_000;

export function Logs({ id }: { id: string }) {
  const { logs: words, store: ofStore } = texts.value;
  const query = queryOf(route.value.query);
  const log = useSignal<LogExcerpt | undefined>(undefined);
  const seen = useSignal<number | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const reading = useSignal(false);
  const following = useSignal(false);
  const asking = useRef<AbortController | undefined>(undefined);

  const to = (changed: Partial<Record<keyof LogQuery, string>>) => {
    const { component, tail, minutes, previous, line } = query;
    const now = {
      component,
      tail: String(tail),
      minutes: String(minutes || ""),
      previous: previous ? "1" : "",
      line,
    };
    replace(href(["stores", id, "logs"], { ...now, ...changed }));
  };
  const read = async () => {
    asking.current?.abort();
    const mine = new AbortController();
    asking.current = mine;
    reading.value = true;
    try {
      const found = await readLog(id, query, mine.signal);
      if (mine.signal.aborted) return;
      log.value = found;
      seen.value = Date.now();
      failure.value = undefined;
    } catch (thrown) {
      if (mine.signal.aborted) return;
      failure.value = asFailure(thrown);
      // What was refused once would be refused again.
      following.value = false;
    }
    reading.value = false;
  };
  useEffect(() => () => asking.current?.abort(), []);
  useEffect(() => {
    // A link to a line shows it.
    if (query.line !== "") void read();
  }, []);
  useEffect(() => {
    if (!following.value) return;
    const again = () => {
      if (!document.hidden && live.value && !reading.value) void read();
    };
    again();
    const timer = setInterval(again, FOLLOW);
    return () => clearInterval(timer);
  }, [following.value, query.component, query.tail, query.minutes, query.previous]);

  const found = log.value;
  const path = `/v1/stores/${encodeURIComponent(id)}/actions/logs`;
  return (
    <>
      <Heading title={`${words.title}: ${id}`}>
        <a href={href(["stores", id])}>{ofStore.overview}</a>
        <Seen at={seen.value} />
      </Heading>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          void read();
        }}
      >
        <Field label={words.component}>
          {(wiring) => (
            <select
              {...wiring}
              value={query.component}
              onChange={(event) => to({ component: typedIn(event), line: "" })}
            >
              {COMPONENTS.map((each) => (
                <option key={each} value={each}>
                  {words.components[each]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={words.tail}>
          {(wiring) => (
            <select {...wiring} value={String(query.tail)} onChange={(event) => to({ tail: typedIn(event) })}>
              {TAILS.map((each) => (
                <option key={each} value={String(each)}>
                  {each}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={words.since}>
          {(wiring) => (
            <select
              {...wiring}
              value={String(query.minutes || "")}
              onChange={(event) => to({ minutes: typedIn(event) })}
            >
              <option value="">{words.sinceAny}</option>
              {MINUTES.map((each) => (
                <option key={each} value={String(each)}>
                  {words.sinceMinutes(each)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <label class="check">
          <input
            type="checkbox"
            checked={query.previous}
            onChange={(event) => to({ previous: isChecked(event) ? "1" : "" })}
          />
          {words.previous}
        </label>
        <button type="submit" class="primary" disabled={reading.value}>
          {words.read}
        </button>
        <button type="button" aria-pressed={following.value} onClick={() => (following.value = !following.value)}>
          {words.follow}
        </button>
        <CopyAs call={{ method: "POST", path, body: bodyOf(query, Date.now()) }} command={commandFor(id, query)} />
      </form>
      {failure.value !== undefined && <ProblemNote failure={failure.value} />}
      <p role="status" class="small">
        {reading.value
          ? words.reading
          : found !== undefined && `${words.found(found.lines.length)} · ${words.pod(found.pod, found.container)}`}
      </p>
      {found === undefined && !reading.value && failure.value === undefined && (
        <Empty icon="search" title={words.notYet}>
          <p class="small">{words.kept}</p>
        </Empty>
      )}
      {found?.truncated && <p class="small">{words.truncated}</p>}
      {found !== undefined && found.lines.length === 0 && <Empty icon="waiting" title={words.empty} />}
      {found !== undefined && found.lines.length > 0 && (
        <Lines
          name={`${id}-${query.component}.log`}
          lines={found.lines}
          pointed={query.line}
          address={(line) =>
            href(["stores", id, "logs"], { component: query.component, tail: String(query.tail), line })
          }
          following={following.value}
        />
      )}
    </>
  );
}
