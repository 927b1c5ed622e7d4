// The audit entries of a store, and whether each follows the one before it. That the digests are right, only somebody
// with the table can say: `shopwright audit verify`.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { asFailure, type Failure } from "../../api/failure.ts";
import { readAudit } from "../../api/reads.ts";
import type { AuditEntry } from "../../api/types.ts";
import { firstBreak } from "../../audit/chain.ts";
import { texts } from "../../i18n/catalogue.ts";
import { ProblemNote } from "../../parts/problem.tsx";
import { href } from "../../state/route.ts";
import { Trail } from "../audit.tsx";

export function StoreTrail({ id, version }: { id: string; version: string | undefined }) {
  const { audit, loading, older } = texts.value;
  const open = useSignal(false);
  const entries = useSignal<AuditEntry[] | undefined>(undefined);
  const more = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  useEffect(() => {
    if (!open.value) return;
    const reading = new AbortController();
    readAudit(id, undefined, reading.signal)
      .then((page) => {
        entries.value = page.items;
        more.value = page.nextCursor !== null;
        failure.value = undefined;
      })
      .catch((thrown: unknown) => {
        if (!reading.signal.aborted) failure.value = asFailure(thrown);
      });
    return () => reading.abort();
  }, [open.value, id, version]);
  const broken = firstBreak(entries.value ?? []);
  return (
    <details class="card" onToggle={(event) => (open.value = (event.currentTarget as HTMLDetailsElement).open)}>
      <summary>
        <h2>{audit.title}</h2>
      </summary>
      {failure.value !== undefined && <ProblemNote failure={failure.value} />}
      {entries.value === undefined && failure.value === undefined && <p class="small">{loading}</p>}
      {entries.value !== undefined && (
        <>
          <Trail entries={entries.value} ofStore />
          <p class={broken === undefined ? "small" : "wrong"}>
            {broken === undefined ? audit.chain(entries.value.length) : audit.broken(broken)} {audit.verify}{" "}
            <code>shopwright audit verify {id}</code>.
          </p>
          {more.value && <a href={href(["audit"], { store: id })}>{older}</a>}
        </>
      )}
    </details>
  );
}
