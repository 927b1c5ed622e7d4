// Who did what, newest first.

import { useSignal } from "@preact/signals";
import { usePoll } from "../api/poll.ts";
import { readAudit } from "../api/reads.ts";
import type { AuditEntry } from "../api/types.ts";
import { texts } from "../i18n/catalogue.ts";
import { CopyAs } from "../parts/copy.tsx";
import { Empty, Skeleton } from "../parts/empty.tsx";
import { Field, typedIn } from "../parts/field.tsx";
import { Heading } from "../parts/heading.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { Ago, Seen } from "../parts/time.tsx";
import { go, href, route } from "../state/route.ts";

export function Audit() {
  const { audit, older, first } = texts.value;
  const { query } = route.value;
  const [store, cursor] = [query.get("store") ?? undefined, query.get("cursor") ?? undefined];
  const typed = useSignal(store ?? "");
  const view = usePoll(
    `audit ${store} ${cursor}`,
    (signal) => readAudit(store, cursor, signal),
    () => false,
  );
  const page = view.data.value;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    go(href(["audit"], { store: typed.value.trim() }));
  };
  return (
    <>
      <Heading title={audit.title}>
        <Seen at={view.seen.value} />
      </Heading>
      <form class="filters" role="search" onSubmit={submit}>
        <Field label={audit.store}>
          {(wiring) => (
            <input
              {...wiring}
              data-search
              placeholder={audit.allStores}
              value={typed.value}
              onInput={(event) => (typed.value = typedIn(event))}
            />
          )}
        </Field>
        <button type="submit">{audit.filter}</button>
        <CopyAs
          call={{ method: "GET", path: `/v1/audit${store ? `?store=${encodeURIComponent(store)}` : ""}` }}
          command={store ? `shopwright audit verify ${store}` : undefined}
        />
      </form>
      {view.failure.value !== undefined && <ProblemNote failure={view.failure.value} again={view.refresh} />}
      {page === undefined && view.failure.value === undefined && <Skeleton rows={6} />}
      {page !== undefined && page.items.length === 0 && <Empty icon="waiting" title={audit.empty} />}
      {page !== undefined && page.items.length > 0 && <Trail entries={page.items} />}
      <div class="row">
        {cursor !== undefined && (
          <a class="button" href={href(["audit"], { store })}>
            {first}
          </a>
        )}
        {page?.nextCursor && (
          <a class="button" href={href(["audit"], { store, cursor: page.nextCursor })}>
            {older}
          </a>
        )}
      </div>
    </>
  );
}

/** Entries of the trail, a row each. */
export function Trail({ entries, ofStore = false }: { entries: AuditEntry[]; ofStore?: boolean }) {
  const { audit } = texts.value;
  return (
    <table class="cards">
      <thead>
        <tr>
          <th scope="col">{audit.when}</th>
          <th scope="col">{audit.who}</th>
          <th scope="col">{audit.what}</th>
          {!ofStore && <th scope="col">{audit.where}</th>}
          <th scope="col">{audit.from}</th>
          <th scope="col">{audit.number}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.hash}>
            <td data-label={audit.when}>
              <Ago at={entry.at} />
            </td>
            <td data-label={audit.who} class="break">
              {entry.principal}
            </td>
            <td data-label={audit.what}>
              <code>{entry.action}</code>
              {entry.reason !== null && <span class="small break"> {entry.reason}</span>}
            </td>
            {!ofStore && (
              <td data-label={audit.where} class="break">
                {entry.store !== null && <a href={href(["stores", entry.store])}>{entry.store}</a>}
                {entry.token !== null && <code>{entry.token}</code>}
              </td>
            )}
            <td data-label={audit.from}>{entry.address ?? "–"}</td>
            <td data-label={audit.number} title={entry.hash}>
              {entry.sequence}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
