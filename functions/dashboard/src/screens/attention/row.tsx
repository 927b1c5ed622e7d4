// One thing that needs somebody.

import { useSignal } from "@preact/signals";
import { isOffered } from "../../api/actions.ts";
import { send } from "../../api/client.ts";
import { asFailure } from "../../api/failure.ts";
import { readOne } from "../../api/reads.ts";
import type { Attention } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { CauseBadge, PowerBadge } from "../../parts/badge.tsx";
import { Ago, When } from "../../parts/time.tsx";
import { asked, done } from "../../state/asked.ts";
import { notify } from "../../state/notices.ts";
import { href } from "../../state/route.ts";
import { session } from "../../state/session.ts";
import { MuteDialog } from "./mute.tsx";

export function EntryRow({ entry, gone }: { entry: Attention; gone: boolean }) {
  const { attention } = texts.value;
  const muting = useSignal(false);
  const { muted } = entry;
  return (
    <li class={`card ${entry.cause}${gone ? " over" : ""}${muted ? " muted" : ""}`}>
      <div class="what">
        <a class="strong break" data-row href={href(["stores", entry.store])}>
          {entry.name}
        </a>
        <CauseBadge cause={entry.cause} />
        {gone && <span class="badge quiet">{attention.over}</span>}
        {entry.power && entry.power !== "Running" && <PowerBadge power={entry.power} />}
        <span class="small">
          <Ago at={entry.since} />
        </span>
        {session.value?.role === "admin" && <span class="small break">{entry.owner}</span>}
      </div>
      <p class="break" lang="en">
        {entry.why}
      </p>
      {muted && (
        <p class="small break">
          {attention.mutedUntil} <When at={muted.until} />, {muted.by}: {muted.reason}
        </p>
      )}
      {!gone && (
        <div class="row">
          <Help entry={entry} />
          {muted ? (
            <button type="button" onClick={() => void unmute(entry)}>
              {attention.unmute}
            </button>
          ) : (
            // That a store is slow ends by itself.
            entry.cause !== "slow" && (
              <button type="button" onClick={() => (muting.value = true)}>
                {attention.mute}
              </button>
            )
          )}
        </div>
      )}
      {muting.value && <MuteDialog id={entry.store} name={entry.name} onClose={() => (muting.value = false)} />}
    </li>
  );
}

/** The one thing that helps. */
function Help({ entry }: { entry: Attention }) {
  const { action: words } = texts.value;
  const { action } = entry;
  if (action === "logs") {
    return (
      <a class="button primary" href={href(["stores", entry.store, "logs"])}>
        {words.logs.name}
      </a>
    );
  }
  return (
    <button
      type="button"
      class={action === "delete" ? "danger-quiet" : "primary"}
      onClick={() => void help(entry, action)}
    >
      {words[action].name}
    </button>
  );
}

/** Asks for the action on the store as it is now, which may not take it any more. */
async function help({ store: id, uid }: Attention, action: Exclude<Attention["action"], "logs">): Promise<void> {
  try {
    const { store, etag } = await readOne(id);
    if (store.uid === uid && isOffered(action, store, session.value?.role)) {
      asked.value = { action, stores: [store], etag };
      return;
    }
    notify(texts.value.attention.notNow, true);
    done.value += 1;
  } catch (thrown) {
    notify(asFailure(thrown).message, true);
  }
}

async function unmute({ store, name }: Attention): Promise<void> {
  try {
    await send("POST", `/v1/stores/${encodeURIComponent(store)}/actions/unmute`, { key: crypto.randomUUID() });
    notify(texts.value.attention.unmuted(name));
  } catch (thrown) {
    notify(asFailure(thrown).message, true);
  }
  done.value += 1;
}
