// What needs somebody, as the API has it: what, since when, why, and the one thing that helps. What is muted, and the
// page, stand in the address.

import { usePoll } from "../../api/poll.ts";
import { readAttention, readSummary } from "../../api/reads.ts";
import type { Attention as Entry, Summary } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Badge } from "../../parts/badge.tsx";
import { CopyAs } from "../../parts/copy.tsx";
import { Empty, Skeleton } from "../../parts/empty.tsx";
import { Heading } from "../../parts/heading.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Ago, Seen } from "../../parts/time.tsx";
import { language } from "../../state/preferences.ts";
import { href, route } from "../../state/route.ts";
import { useRows } from "../../state/rows.ts";
import { now } from "../../time/clock.ts";
import { relative } from "../../time/format.ts";
import { EntryRow } from "./row.tsx";
import { wellOf } from "./well.ts";

/** One cause of one store, or one operation of it. */
const keyOf = ({ uid, cause, operation, since }: Entry) => [uid, cause, operation, since].join(" ");

export function Attention() {
  const { attention, older, first } = texts.value;
  const { query } = route.value;
  const muted = query.get("muted") === "true";
  const cursor = query.get("cursor") ?? undefined;
  const name = JSON.stringify([muted, cursor]);
  const view = usePoll(
    name,
    (signal) => readAttention(muted, cursor, signal),
    () => false,
  );
  const summary = usePoll("summary", readSummary, () => false).data.value;
  const page = view.data.value;
  const { rows, changed, refresh } = useRows(name, page?.items, keyOf);
  const with_ = (more: Record<string, string | undefined>) =>
    href([], { muted: muted ? "true" : undefined, ...more });
  return (
    <>
      <Heading title={attention.title}>
        <Seen at={view.seen.value} />
        <CopyAs
          call={{ method: "GET", path: `/v1/attention${muted ? "?muted=true" : ""}` }}
          command={`shopwright attention${muted ? " --muted" : ""}`}
        />
      </Heading>
      {view.failure.value !== undefined && <ProblemNote failure={view.failure.value} again={view.refresh} />}
      <div class="row bar">
        <p role="status" class="small">
          {page !== undefined && rows.length > 0 && attention.count(rows.filter((row) => !row.gone).length)}
        </p>
        {changed > 0 && (
          <button type="button" class="primary" onClick={refresh}>
            {texts.value.stores.changed(changed)}
          </button>
        )}
        <a class="button end" href={href([], { muted: muted ? undefined : "true" })}>
          {muted ? attention.hideMuted : attention.showMuted}
        </a>
      </div>
      {page === undefined && view.failure.value === undefined && <Skeleton />}
      {summary !== undefined && <Unwatched summary={summary} />}
      {page !== undefined && rows.length === 0 && <Nothing summary={summary} more={page.nextCursor !== null} />}
      {rows.length > 0 && (
        <ul class="attention">
          {rows.map(({ item, gone }) => (
            <EntryRow key={keyOf(item)} entry={item} gone={gone} />
          ))}
        </ul>
      )}
      <div class="row">
        {cursor !== undefined && (
          <a class="button" href={with_({})}>
            {first}
          </a>
        )}
        {page?.nextCursor && (
          <a class="button" href={with_({ cursor: page.nextCursor })}>
            {older}
          </a>
        )}
      </div>
    </>
  );
}

/** Nothing needs somebody, and how that is known. */
function Nothing({ summary, more }: { summary: Summary | undefined; more: boolean }) {
  const { attention, stores, nav } = texts.value;
  if (more) return <Empty icon="search" title={attention.further} />;
  const isEmpty = summary?.total === 0;
  return (
    <Empty title={attention.none}>
      {summary !== undefined && !isEmpty && <p>{wellOf(texts.value, summary, now.value, language.value)}</p>}
      <p>{isEmpty ? <a href={href(["create"])}>{nav.create}</a> : <a href={href(["stores"])}>{stores.title}</a>}</p>
    </Empty>
  );
}

/** Where nobody has looked for a while, nobody knows how the stores are: one entry says so for all of them. */
function Unwatched({ summary }: { summary: Summary }) {
  const { attention, health } = texts.value;
  const { observedAt, isHealthCurrent } = summary;
  if (isHealthCurrent || summary.power.running === 0) return null;
  const ago = observedAt === null ? undefined : relative(Date.parse(observedAt), now.value, language.value);
  return (
    <div class="card unwatched">
      <div class="what">
        <span class="strong">{attention.unknown(summary.health.unknown)}</span>
        <Badge tone="warn" icon="unknown" text={health.Unknown} axis={attention.axis} />
        {observedAt !== null && (
          <span class="small">
            <Ago at={observedAt} />
          </span>
        )}
      </div>
      <p>{ago === undefined ? attention.neverSeen : attention.notSeen(ago)}</p>
    </div>
  );
}
