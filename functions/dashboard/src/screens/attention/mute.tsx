// Asks until when, and why, a store is muted.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { send } from "../../api/client.ts";
import { quoted } from "../../api/copy-as.ts";
import { asFailure, type Failure } from "../../api/failure.ts";
import { texts } from "../../i18n/catalogue.ts";
import { CopyAs } from "../../parts/copy.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field, typedIn } from "../../parts/field.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { done } from "../../state/asked.ts";
import { notify } from "../../state/notices.ts";
import { localTime, muteEnd, PRESETS } from "./until.ts";

export function MuteDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { attention: words, cancel } = texts.value;
  const chosen = useSignal<string>("4");
  const at = useSignal(localTime(Date.now() + 24 * 3_600_000));
  const reason = useSignal("");
  const running = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  const key = useRef(crypto.randomUUID());
  const until = muteEnd(chosen.value, at.value, Date.now());
  const path = `/v1/stores/${encodeURIComponent(id)}/actions/mute`;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (running.value) return;
    running.value = true;
    try {
      await send("POST", path, { body: { until, reason: reason.value.trim() }, key: key.current });
      notify(words.mutedDone(name));
      done.value += 1;
      onClose();
    } catch (thrown) {
      failure.value = asFailure(thrown);
      // What is sent next is another request, unless this one may have come through.
      if (!failure.value.passes) key.current = crypto.randomUUID();
    } finally {
      running.value = false;
    }
  };
  const wrong = (member: string) => failure.value?.of(member)?.detail;
  const isTold = wrong("until") !== undefined || wrong("reason") !== undefined;
  return (
    <Dialog title={words.muteTitle(name)} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{words.muteSays}</p>
        <Field label={words.until} wrong={chosen.value === "at" ? undefined : wrong("until")} wrongInEnglish>
          {(wiring) => (
            <select {...wiring} value={chosen.value} onChange={(event) => (chosen.value = typedIn(event))}>
              {PRESETS.map((hours) => (
                <option key={hours} value={String(hours)}>
                  {words.hours(hours)}
                </option>
              ))}
              <option value="at">{words.anotherTime}</option>
            </select>
          )}
        </Field>
        {chosen.value === "at" && (
          <Field label={words.time} wrong={wrong("until")} wrongInEnglish>
            {(wiring) => (
              <input
                {...wiring}
                type="datetime-local"
                required
                value={at.value}
                onInput={(event) => (at.value = typedIn(event))}
              />
            )}
          </Field>
        )}
        <Field label={words.reason} wrong={wrong("reason")} wrongInEnglish>
          {(wiring) => (
            <input
              {...wiring}
              required
              maxLength={200}
              autocomplete="off"
              value={reason.value}
              onInput={(event) => (reason.value = typedIn(event))}
            />
          )}
        </Field>
        {failure.value !== undefined && !isTold && <ProblemNote failure={failure.value} />}
        <div class="row end">
          <CopyAs
            call={{ method: "POST", path, body: { until, reason: reason.value.trim() } }}
            command={`shopwright mute ${id} --until ${until} --reason ${quoted(reason.value.trim())}`}
          />
          <button type="button" onClick={onClose}>
            {cancel}
          </button>
          <button type="submit" class="primary" disabled={running.value}>
            {words.mute}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
