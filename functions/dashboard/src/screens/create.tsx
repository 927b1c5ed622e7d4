// Creates a store. What is typed is kept until it is sent, together with the key that makes it happen once.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { send } from "../api/client.ts";
import { asFailure, type Failure } from "../api/failure.ts";
import { bodyOf, commandOf } from "../api/new-store.ts";
import { readStores } from "../api/reads.ts";
import type { Store } from "../api/types.ts";
import { texts } from "../i18n/catalogue.ts";
import { CopyAs } from "../parts/copy.tsx";
import { Field, typedIn } from "../parts/field.tsx";
import { Heading } from "../parts/heading.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { type CreateDraft, dropDraft, keepDraft, readDraft } from "../state/drafts.ts";
import { go, href } from "../state/route.ts";

/** The id that a name makes, as the domain has it; nothing where the name can't be one. */
export function idOf(name: string): string {
  const groups = name.trim().split(/[ -]+/).filter(Boolean);
  const id = groups.join("-").toLowerCase();
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) && id.length <= 50 ? id : "";
}

/** What follows the id in a store's host: known from any store that has an address. */
export function domainOf(stores: readonly Pick<Store, "id" | "url">[]): string | undefined {
  for (const { id, url } of stores) {
    const host = url === null || !URL.canParse(url) ? undefined : new URL(url).host;
    if (host?.startsWith(`${id}.`)) return host.slice(id.length);
  }
  return undefined;
}

const CODES = ["locale", "country", "currency"] as const;

export function Create() {
  const { create } = texts.value;
  const domain = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const reading = new AbortController();
    // Only to show the address: without an answer it is not shown.
    readStores({ status: "Ready" }, reading.signal)
      .then((page) => (domain.value = domainOf(page.items)))
      .catch(() => {});
    return () => reading.abort();
  }, []);
  const draft = useSignal<CreateDraft>(readDraft());
  const failure = useSignal<Failure | undefined>(undefined);
  const sending = useSignal(false);
  const { name, adminEmail } = draft.value;
  const body = bodyOf(draft.value);
  const change = (changed: Partial<CreateDraft>) => {
    // What is sent under a key stays the same: another request gets another one.
    draft.value = { ...draft.value, ...changed, key: failure.value?.passes ? crypto.randomUUID() : draft.value.key };
    keepDraft(draft.value);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (sending.value) return;
    sending.value = true;
    keepDraft(draft.value);
    try {
      const sent = await send("POST", "/v1/stores", { body, key: draft.value.key });
      dropDraft();
      go(href(["stores", (sent.body as Store).id]));
    } catch (thrown) {
      const failed = asFailure(thrown);
      failure.value = failed;
      // Refused for good: what is sent next is another request.
      if (!failed.passes && failed.status !== 401) {
        draft.value = { ...draft.value, key: crypto.randomUUID() };
        keepDraft(draft.value);
      }
    }
    sending.value = false;
  };
  const failed = failure.value;
  const taken = failed?.kind === "name-taken";
  const inFields = taken || ["name", "adminEmail", ...CODES].some((field) => failed?.of(field) !== undefined);
  const id = idOf(name);
  return (
    <>
      <Heading title={create.title} />
      <form class="card narrow" onSubmit={(event) => void submit(event)} noValidate>
        <Field
          label={create.name}
          help={create.nameHelp}
          wrong={taken ? create.taken : failed?.of("name")?.detail}
          wrongInEnglish={!taken}
        >
          {(wiring) => (
            <input
              {...wiring}
              autocomplete="off"
              maxLength={60}
              value={name}
              onInput={(event) => change({ name: typedIn(event) })}
            />
          )}
        </Field>
        {taken && failed?.problem?.store && (
          <p>
            <a href={href(["stores", id])}>{create.open}</a>
          </p>
        )}
        {id !== "" && (
          <dl class="facts">
            <div>
              <dt>{create.id}</dt>
              <dd>
                <code class="break">{id}</code>
              </dd>
            </div>
            {domain.value !== undefined && (
              <div>
                <dt>{create.host}</dt>
                <dd class="break">{id + domain.value}</dd>
              </div>
            )}
          </dl>
        )}
        <Field label={create.email} wrong={failed?.of("adminEmail")?.detail} wrongInEnglish>
          {(wiring) => (
            <input
              {...wiring}
              type="email"
              autocomplete="email"
              value={adminEmail}
              onInput={(event) => change({ adminEmail: typedIn(event) })}
            />
          )}
        </Field>
        {CODES.map((code) => (
          <Field
            key={code}
            label={create[code]}
            help={create[`${code}Help`]}
            wrong={failed?.of(code)?.detail}
            wrongInEnglish
          >
            {(wiring) => (
              <input
                {...wiring}
                autocomplete="off"
                spellcheck={false}
                maxLength={20}
                value={draft.value[code]}
                onInput={(event) => change({ [code]: typedIn(event) })}
              />
            )}
          </Field>
        ))}
        {failed !== undefined && !inFields && <ProblemNote failure={failed} />}
        <div class="row end">
          <CopyAs call={{ method: "POST", path: "/v1/stores", body }} command={commandOf(body)} />
          <button type="submit" class="primary" disabled={sending.value}>
            {create.go}
          </button>
        </div>
      </form>
    </>
  );
}
