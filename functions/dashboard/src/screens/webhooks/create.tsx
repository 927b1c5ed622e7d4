// A new webhook.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { asFailure, type Failure } from "../../api/failure.ts";
import { createWebhook, eventsOf } from "../../api/webhooks.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Field, typedIn } from "../../parts/field.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { session } from "../../state/session.ts";
import { Secret } from "./secret.tsx";

export function CreateWebhook({ onCreated }: { onCreated: () => void }) {
  const { webhooks } = texts.value;
  const url = useSignal("");
  const events = useSignal("*");
  const description = useSignal("");
  const owner = useSignal("");
  const failure = useSignal<Failure | undefined>(undefined);
  const secret = useSignal<string | null>(null);
  const sending = useSignal(false);
  // Whatever happens on the way, what is asked for is made once.
  const key = useRef(crypto.randomUUID());
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (sending.value) return;
    sending.value = true;
    const about = description.value.trim();
    const whose = owner.value.trim();
    try {
      const made = await createWebhook(
        {
          url: url.value.trim(),
          events: eventsOf(events.value),
          ...(about && { description: about }),
          ...(whose && { owner: whose }),
        },
        key.current,
      );
      secret.value = made.secret;
      failure.value = undefined;
      url.value = "";
      description.value = "";
      key.current = crypto.randomUUID();
      onCreated();
    } catch (thrown) {
      failure.value = asFailure(thrown);
      // What was refused is another request once it was mended.
      if (!failure.value.passes) key.current = crypto.randomUUID();
    }
    sending.value = false;
  };
  const wrong = (name: string) => failure.value?.of(name)?.detail;
  const isTold = ["url", "events", "description", "owner"].some((name) => wrong(name) !== undefined);
  return (
    <form class="card" onSubmit={(event) => void submit(event)}>
      <h2>{webhooks.create}</h2>
      <Field label={webhooks.url} help={webhooks.urlHelp} wrong={wrong("url")} wrongInEnglish>
        {(wiring) => (
          <input
            {...wiring}
            type="url"
            autocomplete="off"
            required
            value={url.value}
            onInput={(event) => (url.value = typedIn(event))}
          />
        )}
      </Field>
      <Field label={webhooks.events} help={webhooks.eventsHelp} wrong={wrong("events")} wrongInEnglish>
        {(wiring) => (
          <input
            {...wiring}
            autocomplete="off"
            required
            value={events.value}
            onInput={(event) => (events.value = typedIn(event))}
          />
        )}
      </Field>
      <Field label={webhooks.description} wrong={wrong("description")} wrongInEnglish>
        {(wiring) => (
          <input
            {...wiring}
            autocomplete="off"
            maxLength={200}
            value={description.value}
            onInput={(event) => (description.value = typedIn(event))}
          />
        )}
      </Field>
      {session.value?.role === "admin" && (
        <Field label={webhooks.owner} help={webhooks.ownerHelp} wrong={wrong("owner")} wrongInEnglish>
          {(wiring) => (
            <input
              {...wiring}
              autocomplete="off"
              value={owner.value}
              onInput={(event) => (owner.value = typedIn(event))}
            />
          )}
        </Field>
      )}
      <div class="row">
        <button type="submit" class="primary" disabled={sending.value}>
          {webhooks.create}
        </button>
      </div>
      {failure.value !== undefined && !isTold && <ProblemNote failure={failure.value} />}
      {secret.value !== null && <Secret secret={secret.value} onClose={() => (secret.value = null)} />}
    </form>
  );
}
