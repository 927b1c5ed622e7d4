// Shows the credentials of a shop's administrator, for a minute. They are in this component's memory and nowhere else.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { canReveal } from "../../api/actions.ts";
import { asFailure, type Failure } from "../../api/failure.ts";
import type { Store } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Copy, CopyCommand } from "../../parts/copy.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { type Credentials, reveal } from "../../reveal/credentials.ts";
import { done } from "../../state/asked.ts";

/** How long they are shown, in milliseconds. */
const SHOWN = 60_000;

export function Reveal({ store }: { store: Store }) {
  const open = useSignal(false);
  if (!canReveal(store)) return null;
  return (
    <>
      <button type="button" onClick={() => (open.value = true)}>
        {texts.value.action.reveal.name}
      </button>
      {open.value && <Revealed store={store} onClose={() => (open.value = false)} />}
    </>
  );
}

function Revealed({ store, onClose }: { store: Store; onClose: () => void }) {
  const { reveal: words } = texts.value;
  const credentials = useSignal<Credentials | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const state = useSignal<"hidden" | "asking" | "shown" | "over">("hidden");
  const left = useSignal(0);
  const asking = useRef(new AbortController());
  useEffect(() => () => asking.current.abort(), []);
  useEffect(() => {
    if (state.value !== "shown") return;
    const until = Date.now() + SHOWN;
    const count = () => {
      left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      if (left.value > 0) return;
      credentials.value = undefined;
      state.value = "over";
    };
    count();
    const timer = setInterval(count, 500);
    return () => clearInterval(timer);
  }, [state.value]);
  const show = async () => {
    state.value = "asking";
    failure.value = undefined;
    try {
      const opened = await reveal(store, asking.current.signal);
      if (asking.current.signal.aborted) return;
      credentials.value = opened;
      state.value = "shown";
    } catch (thrown) {
      if (asking.current.signal.aborted) return;
      failure.value = asFailure(thrown);
      state.value = "hidden";
    }
    done.value += 1;
  };
  const shown = credentials.value;
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p class="strong break">{store.name}</p>
      <p>{words.says}</p>
      {failure.value !== undefined && <ProblemNote failure={failure.value} />}
      {shown !== undefined && (
        <dl class="facts">
          <Secret name={words.user} value={shown.user} />
          <Secret name={words.password} value={shown.password} />
          {shown.nextPassword !== undefined && <Secret name={words.next} value={shown.nextPassword} />}
        </dl>
      )}
      {shown?.nextPassword !== undefined && <p class="small">{words.nextSays}</p>}
      <p role="status" class="small">
        {state.value === "asking" && words.working}
        {state.value === "over" && words.over}
      </p>
      {state.value === "shown" && <p class="small">{words.hidden(left.value)}</p>}
      <div class="row end">
        <CopyCommand command={`shopwright reveal ${store.id}`} />
        {state.value !== "shown" && (
          <button type="button" class="primary" disabled={state.value === "asking"} onClick={() => void show()}>
            {words.go}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Secret({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code class="break secret">{value}</code>
        <Copy text={value} what={name} />
      </dd>
    </div>
  );
}
