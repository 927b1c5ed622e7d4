// Asks once more before a store is changed, says what will happen, and shows the result of each store.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import {
  type Action,
  commandOf,
  type Guard,
  isOffered,
  LONGEST_REASON,
  mayWait,
  perform,
  type RestartTarget,
  requestOf,
} from "../api/actions.ts";
import { asFailure, type Failure } from "../api/failure.ts";
import type { Store } from "../api/types.ts";
import { texts } from "../i18n/catalogue.ts";
import { type Asked, asked, done } from "../state/asked.ts";
import { notify } from "../state/notices.ts";
import { session } from "../state/session.ts";
import { CopyAs } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, typedIn } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem.tsx";

type Result = "waiting" | "running" | "done" | "notOffered" | Failure;

const close = () => {
  asked.value = null;
};

/** The dialog of whatever is asked for now. */
export function Confirmation() {
  const current = asked.value;
  return current === null ? null : <Confirm key={current.stores.map((store) => store.uid).join()} asked={current} />;
}

function Confirm({ asked: { action, stores, etag } }: { asked: Asked }) {
  const { action: words } = texts.value;
  const results = useSignal<Map<string, Result>>(new Map());
  const running = useSignal(false);
  const ended = useSignal(false);
  const target = useSignal<RestartTarget>("all");
  const reason = useSignal("");
  const guard = useSignal<Guard | undefined>(undefined);
  const typed = useSignal("");
  const keys = useRef(new Map(stores.map((store) => [store.uid, crypto.randomUUID()])));
  const several = stores.length > 1;
  const [only] = stores;
  const expected = several ? String(stores.length) : (only?.id ?? "");
  const confirmed =
    (action !== "delete" || typed.value.trim() === expected) && (action !== "suspend" || reason.value.trim() !== "");
  const details = { target: target.value, reason: reason.value.trim(), guard: guard.value };
  const failure = !several && only !== undefined ? failureIn(results.value.get(only.uid)) : undefined;

  const one = async (store: Store): Promise<Result> => {
    if (several && !isOffered(action, store, session.value?.role)) return "notOffered";
    const key = keys.current.get(store.uid) ?? crypto.randomUUID();
    try {
      await perform(action, store.id, { key, etag: several ? undefined : etag, ...details });
      return "done";
    } catch (thrown) {
      return asFailure(thrown);
    }
  };
  const note = (store: Store, result: Result) => {
    results.value = new Map(results.value).set(store.uid, result);
  };
  const run = async () => {
    running.value = true;
    for (const store of stores) {
      note(store, "running");
      note(store, await one(store));
    }
    running.value = false;
    ended.value = true;
    done.value += 1;
    if (!several && only !== undefined && results.value.get(only.uid) === "done") {
      notify(words.done(words[action].name, only.name));
      close();
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!running.value && confirmed) void run();
  };
  const { ask, says } = words[action];
  return (
    <Dialog title={several ? words.several(words[action].name, stores.length) : ask} onClose={close}>
      <form onSubmit={submit}>
        {!several && <p class="strong break">{only?.name}</p>}
        <p>{says}</p>
        {action === "restart" && (
          <Field label={words.restart.target}>
            {(wiring) => (
              <select
                {...wiring}
                value={target.value}
                onChange={(event) => (target.value = typedIn(event) as RestartTarget)}
              >
                <option value="all">{words.restart.targets.all}</option>
                <option value="wordpress">{words.restart.targets.wordpress}</option>
                <option value="mysql">{words.restart.targets.mysql}</option>
              </select>
            )}
          </Field>
        )}
        {mayWait(action) && (
          <Field label={words.guard.label}>
            {(wiring) => (
              <select
                {...wiring}
                value={guard.value ?? ""}
                onChange={(event) => (guard.value = (typedIn(event) || undefined) as Guard | undefined)}
              >
                <option value="">{words.guard.default}</option>
                <option value="orders">{words.guard.orders}</option>
                <option value="none">{words.guard.none}</option>
              </select>
            )}
          </Field>
        )}
        {action === "suspend" && (
          <Field label={words.suspend.reason}>
            {(wiring) => (
              <input
                {...wiring}
                autocomplete="off"
                required
                maxLength={LONGEST_REASON}
                value={reason.value}
                onInput={(event) => (reason.value = typedIn(event))}
              />
            )}
          </Field>
        )}
        {action === "delete" && (
          <Field label={several ? words.typeCount(stores.length) : words.delete.type(expected)}>
            {(wiring) => (
              <input
                {...wiring}
                autocomplete="off"
                spellcheck={false}
                value={typed.value}
                onInput={(event) => (typed.value = typedIn(event))}
              />
            )}
          </Field>
        )}
        {several && <Results stores={stores} results={results.value} />}
        {failure !== undefined && <ProblemNote failure={failure} />}
        <div class="row end">
          {!several && only !== undefined && (
            <CopyAs call={requestOf(action, only.id, details)} command={commandOf(action, only.id, details)} />
          )}
          <button type="button" onClick={close}>
            {ended.value && several ? texts.value.close : texts.value.cancel}
          </button>
          {!(ended.value && several) && (
            <button
              type="submit"
              class={action === "delete" || action === "suspend" ? "danger" : "primary"}
              disabled={running.value || !confirmed || refusedForGood(failure)}
            >
              {words[action].name}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/** What was seen is not there any more: it can only be looked at again. */
const refusedForGood = (failure: Failure | undefined) => failure?.status === 412;

const failureIn = (result: Result | undefined) => (typeof result === "object" ? result : undefined);

function Results({ stores, results }: { stores: Store[]; results: Map<string, Result> }) {
  const { result: words } = texts.value.action;
  return (
    <ul class="results">
      {stores.map((store) => {
        const result = results.get(store.uid) ?? "waiting";
        const failure = failureIn(result);
        return (
          <li key={store.uid}>
            <Icon
              name={failure ? "failed" : result === "done" ? "done" : result === "running" ? "running" : "waiting"}
              spin={result === "running"}
            />
            <span class="strong break">{store.id}</span>
            {failure ? (
              <span lang="en">{failure.message}</span>
            ) : (
              <span>{words[result as Exclude<Result, Failure>]}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A button that asks for an action on a store. */
export function ActionButton({
  action,
  store,
  etag,
  primary = false,
}: {
  action: Action;
  store: Store;
  etag?: string | undefined;
  primary?: boolean;
}) {
  if (!isOffered(action, store, session.value?.role)) return null;
  const kind = action === "delete" || action === "suspend" ? "danger-quiet" : primary ? "primary" : "";
  return (
    <button type="button" class={kind} onClick={() => (asked.value = { action, stores: [store], etag })}>
      {texts.value.action[action].name}
    </button>
  );
}
