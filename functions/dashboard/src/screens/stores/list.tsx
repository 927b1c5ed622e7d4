// All stores, page by page, with how many there are. Filters and page stand in the address.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isOffered } from "../../api/actions.ts";
import { quoted } from "../../api/copy-as.ts";
import { usePoll } from "../../api/poll.ts";
import { isBusy, PAGE, searchStores, storeQuery } from "../../api/reads.ts";
import type { Store } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { PowerBadge, StatusBadge, SuspendedBadge } from "../../parts/badge.tsx";
import { CopyAs } from "../../parts/copy.tsx";
import { Empty, Skeleton } from "../../parts/empty.tsx";
import { isChecked } from "../../parts/field.tsx";
import { Heading } from "../../parts/heading.tsx";
import { Icon } from "../../parts/icon.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Ago, Seen } from "../../parts/time.tsx";
import { asked } from "../../state/asked.ts";
import { href, route } from "../../state/route.ts";
import { type Row, useRows } from "../../state/rows.ts";
import { session } from "../../state/session.ts";
import { Counts } from "./counts.tsx";
import { Filters, filterOf } from "./filters.tsx";

export function Stores() {
  const { stores: words, older, first } = texts.value;
  const query = filterOf(route.value.query);
  const { cursor, ...filter } = query;
  const key = JSON.stringify(query);
  const view = usePoll(
    key,
    (signal) => searchStores(query, signal),
    (page) => page.items.some(isBusy),
  );
  const marked = useSignal<ReadonlySet<string>>(new Set());
  const page = view.data.value;
  useEffect(() => {
    marked.value = new Set();
  }, [key]);

  const { rows, changed, refresh } = useRows(key, page?.items, (store) => store.uid);
  const wanted = storeQuery(filter);
  const filtered = Object.keys(wanted).length > 0;
  const path = `/v1/stores?${new URLSearchParams({ ...wanted, limit: String(PAGE) })}`;
  const flags = Object.entries(wanted).map(([name, value]) => ` --${name} ${quoted(value)}`);
  return (
    <>
      <Heading title={words.title}>
        <Seen at={view.seen.value} />
        <CopyAs call={{ method: "GET", path }} command={`shopwright list${flags.join("")}`} />
      </Heading>
      <Counts filter={filter} />
      <Filters filter={filter} />
      {view.failure.value !== undefined && <ProblemNote failure={view.failure.value} again={view.refresh} />}
      <div class="row bar">
        <p role="status" class="small">
          {page !== undefined && words.page(rows.length)}
        </p>
        {changed > 0 && (
          <button type="button" class="primary" onClick={refresh}>
            {words.changed(changed)}
          </button>
        )}
        {marked.value.size > 0 && <Bulk rows={rows} marked={marked.value} />}
      </div>
      {page === undefined && view.failure.value === undefined && <Skeleton rows={8} />}
      {page !== undefined && rows.length === 0 && (
        <Empty
          icon="search"
          title={page.nextCursor !== null ? words.emptySoFar : filtered || cursor ? words.emptyFiltered : words.empty}
        >
          {page.nextCursor !== null && <p>{words.further}</p>}
          {filtered || cursor ? (
            <a href={href(["stores"])}>{words.reset}</a>
          ) : (
            <a href={href(["create"])}>{texts.value.nav.create}</a>
          )}
        </Empty>
      )}
      {rows.length > 0 && (
        <Table
          rows={rows}
          marked={marked.value}
          onMark={(uids, on) => {
            const next = new Set(marked.value);
            for (const uid of uids) {
              if (on) next.add(uid);
              else next.delete(uid);
            }
            marked.value = next;
          }}
        />
      )}
      <div class="row">
        {cursor !== undefined && (
          <a class="button" href={href(["stores"], wanted)}>
            {first}
          </a>
        )}
        {page?.nextCursor && (
          <a class="button" href={href(["stores"], { ...wanted, cursor: page.nextCursor })}>
            {older}
          </a>
        )}
      </div>
    </>
  );
}

/** What can be done with all that are marked. */
function Bulk({ rows, marked }: { rows: Row<Store>[]; marked: ReadonlySet<string> }) {
  const { stores: words, action } = texts.value;
  const chosen = rows.filter((row) => marked.has(row.item.uid) && !row.gone).map((row) => row.item);
  const offered = (
    ["retry", "restart", "hibernate", "resume", "suspend", "unsuspend", "upgrade", "delete"] as const
  ).filter((each) => chosen.some((store) => isOffered(each, store, session.value?.role)));
  return (
    <div class="row" role="group" aria-label={words.marked(chosen.length)}>
      <span class="strong">{words.marked(chosen.length)}</span>
      {offered.map((each) => (
        <button
          key={each}
          type="button"
          class={each === "delete" ? "danger-quiet" : ""}
          onClick={() => (asked.value = { action: each, stores: chosen, etag: undefined })}
        >
          {action[each].name}
        </button>
      ))}
    </div>
  );
}

function Table(props: {
  rows: Row<Store>[];
  marked: ReadonlySet<string>;
  onMark: (uids: string[], on: boolean) => void;
}) {
  const { rows, marked, onMark } = props;
  const { stores: words, axis } = texts.value;
  const all = rows.map((row) => row.item.uid);
  const admin = session.value?.role === "admin";
  return (
    <table class="cards stores">
      <thead>
        <tr>
          <th scope="col">
            <input
              type="checkbox"
              aria-label={words.markAll}
              checked={all.every((uid) => marked.has(uid))}
              onChange={(event) => onMark(all, isChecked(event))}
            />
          </th>
          <th scope="col">{words.name}</th>
          <th scope="col">{axis.status}</th>
          {admin && <th scope="col">{words.owner}</th>}
          <th scope="col">{words.created}</th>
          <th scope="col">{words.url}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ item: store, gone }) => (
          <tr key={store.uid} class={gone ? "gone" : ""}>
            <td class="check">
              <input
                type="checkbox"
                aria-label={words.mark(store.name)}
                checked={marked.has(store.uid)}
                onChange={(event) => onMark([store.uid], isChecked(event))}
              />
            </td>
            <td class="title">
              <a class="strong break" data-row href={href(["stores", store.id])}>
                {store.name}
              </a>
              {store.name !== store.id && <span class="small break">{store.id}</span>}
            </td>
            <td data-label={axis.status}>
              <State store={store} gone={gone} />
            </td>
            {admin && (
              <td data-label={words.owner} class="break">
                {store.owner}
              </td>
            )}
            <td data-label={words.created}>
              <Ago at={store.createdAt} />
            </td>
            <td data-label={words.url} class="break">
              {store.url === null ? "–" : <Visit url={store.url} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ store, gone }: { store: Store; gone: boolean }) {
  const { stores: words, step } = texts.value;
  if (gone) return <span class="badge quiet">{words.gone}</span>;
  const { progress, failure } = store;
  return (
    <span class="state">
      <StatusBadge status={store.status} />
      {store.power && store.power !== "Running" && <PowerBadge power={store.power} />}
      {store.suspension !== null && <SuspendedBadge />}
      {progress && <span class="small">{words.step(progress.completed, progress.total)}</span>}
      {failure && <span class="small">{step[failure.step] ?? failure.step}</span>}
      {store.operation !== null && <span class="small">{words.busy}</span>}
    </span>
  );
}

/** A link to the shop. Whatever the API says, nothing but the web is linked to. */
export function Visit({ url }: { url: string }) {
  if (!/^https?:\/\//.test(url)) return <span class="break">{url}</span>;
  return (
    <a class="break" href={url} target="_blank" rel="noopener noreferrer" title={texts.value.store.visit}>
      {url.replace(/^https?:\/\//, "")}
      <Icon name="external" />
    </a>
  );
}
